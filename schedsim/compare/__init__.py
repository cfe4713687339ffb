"""Runs side by side: the same work under several models or policies, or several scenarios.

===============  ===========================================================================
``variants``     what is compared: names and scenarios, from the words of the command line
``outcomes``     what became of each, and who is who in all of them
``differences``  where two of them part
``answers``      what the talk asks of processes, threads and loops, answered from the runs
``table``        the measures in which they differ, and which value is the best
``picture``      their cores, one under the other on one time scale
``sheet``        all of it as text for people, or as one object for scripts
``cells``        text by the room it takes in a terminal
===============  ===========================================================================

Only ``variants`` is cheap to import; a command line that compares nothing imports no more.
"""
