"""Ways to write a program that can be suspended and resumed.

==============  ============================================================================
``steps``       the declarative ones of scenario files, flat
``structured``  the same with blocks and exceptions, as a place in them
``moves``       what such a place is counted by
``waits``       what is waited for without a frame
``resumable``   what the four styles of Python have in common, and who drives them
``callbacks``   functions that register the next one
``generators``  functions that yield what they ask for
``coroutines``  functions that await it
``greenlets``   plain functions: the call itself waits
``styles``      the catalogue of these four
``walks``       steps carried out in each of them, and written as each would write them
==============  ============================================================================
"""
