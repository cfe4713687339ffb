"""schedsim: who holds the CPU, and why is my task waiting?

A simulator of schedulers: operating-system processes, threads under CPython's GIL, and tasks of
an event loop, on virtual cores.  The floors, from the ground up; imports only go down:

0. ``durations``, ``plain``, ``traps``, ``presets``: the vocabulary, and measured figures
1. ``trace``, ``state``, ``history``: the truth
2. ``policies``, ``ops``, ``programs``, ``threads``, ``loops``: catalogues of who runs next, of what
   can be asked for, of how a body is suspended, and of what threads and tasks wait for
3. ``engine``: the kernel
4. ``scenario``, ``pooling``, ``patching``, ``aio``, ``simulation``, ``commands``,
   ``scenario_file``, ``authoring``, ``python_file``, ``library``, ``run``, ``recording``: runs
5. ``timeline``, ``metrics``, ``findings``, ``why``, ``validate``: what it means
6. ``tui``: the app, the only importer of Textual
7. ``cli``, ``report``, ``bench``: words for people and scripts
"""
