"""schedsim: who holds the CPU, and why is my task waiting?

A simulator of schedulers: operating-system processes, threads under CPython's GIL, and tasks of
an event loop, on virtual cores.  The floors, from the ground up; imports only go down:

0. ``durations``, ``plain``, ``traps``, ``presets``: the vocabulary, and measured figures
1. ``trace``, ``state``, ``history``: the truth
2. ``policies``, ``ops``, ``programs``, ``loops``: four catalogues
3. ``engine``: the kernel
4. ``scenario``, ``simulation``, ``commands``, ``scenario_file``, ``authoring``, ``python_file``,
   ``library``, ``run``, ``recording``: whole runs
5. ``timeline``, ``metrics``, ``findings``, ``why``: what it means
6. ``tui``: the app, the only importer of Textual
7. ``cli``, ``report``, ``bench``: words for people and scripts
"""
