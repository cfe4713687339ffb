"""Fuzzing: wild inputs for everything that reads what strangers have written.

``python -m tests.fuzz TARGET`` tries them, guided by which branches they reach (atheris, of the
dependency group ``fuzz``), or blindly where that is not installed.  A finding is anything but the
documented errors: another exception, a hang, too much memory, a file written elsewhere.

============  ==============================================================================
``targets``   what is fuzzed: how an input is tried
``seeds``     what inputs are made of: texts and words
``mutation``  one input made of another: by bytes, words, lines, and trees of values
``trying``    trying one input, and telling what went wrong with it
============  ==============================================================================

``tests/corpus/`` has a few small inputs for each target; the default test run tries them all.
"""
