"""What the walk keeps of each thread, task and core while it passes over the rows."""

from __future__ import annotations

from schedsim.durations import Time
from schedsim.metrics.measured import JobTimes, Times
from schedsim.trace import KIND_MASK, NEVER, REASON_SHIFT, Reason


class Core:
    """Who has a core, since when, and who had it last."""

    __slots__ = ("last", "since", "switching", "thread")

    def __init__(self) -> None:
        self.thread: ThreadLife | None = None
        self.since: Time = 0
        self.switching = False
        self.last: ThreadLife | None = None


class Capacity:
    """How many cores there are, and how much core time there has been."""

    __slots__ = ("online", "since", "sum")

    def __init__(self, cores: int) -> None:
        self.online = cores
        self.since: Time = 0
        self.sum: Time = 0

    def command(self, time: Time, code: int, arg: int) -> None:
        """Only one command is about cores."""
        if code >> REASON_SHIFT & KIND_MASK == Reason.CORES:
            self.sum, self.online, self.since = self.until(time), arg, time

    def until(self, time: Time) -> Time:
        """All core time there has been by then."""
        return self.sum + self.online * (time - self.since)


class ThreadLife:
    """What a thread does at the moment, and what it has done so far.

    Args:
        times: what becomes of it is stored there when the walk is over.
        period: of a periodic thread.
    """

    __slots__ = (
        *("context_switches", "core", "cpu", "cpu_before", "entity", "given_up", "hand"),
        *("hand_cpu", "hand_waited", "has_gil", "job", "longest", "longest_start"),
        *("migrations", "new", "number", "period", "preemptions", "running", "stretch"),
        *("times", "waited", "waited_before", "waits", "wanted"),
    )

    def __init__(self, times: Times, period: Time | None) -> None:
        self.times = times
        self.entity = times.entity
        self.period = period
        self.core = 0
        """The core it was on last, plus one."""
        self.running: Time = NEVER
        """Since when it has been on a core, if it is and the switch is paid."""
        self.wanted: Time = NEVER
        """Since when it had waited for its last turn."""
        self.waits: Time = NEVER
        """Since when it has been waiting for a core or the GIL, if it is."""
        self.stretch: Time = NEVER
        """The same; but a core without a turn on it has not ended this wait."""
        self.cpu: Time = 0
        self.waited: Time = 0
        self.longest: Time = 0
        """The longest of its waits in one piece, and its start."""
        self.longest_start: Time = 0
        self.context_switches = self.migrations = self.preemptions = 0
        self.has_gil = False
        """It has the GIL, or needs none."""
        self.new = True
        """Perhaps nobody has noted yet that it has begun, or its job."""
        self.hand: TaskLife | None = None
        """The task that its loop has in hand."""
        self.hand_cpu: Time = 0
        """What it had run, and waited, when its loop last took somebody in hand or let go."""
        self.hand_waited: Time = 0
        self.number = 0
        """Which of its jobs is under way or next."""
        self.job: JobTimes | None = None
        self.given_up = False
        """Its job was given up where it ran or slept: it has to run until it is at the next."""
        self.cpu_before: Time = 0
        """Of ``cpu`` and ``waited``, what was before this job."""
        self.waited_before: Time = 0

    def wait(self, time: Time, stretch: Time) -> None:
        """It wants a core or the GIL from now on, and in truth since ``stretch``."""
        self.waits = time
        self.stretch = stretch

    def end_wait(self, time: Time) -> None:
        """It no longer waits."""
        stretch = self.wanted = self.stretch
        self.waited += time - self.waits
        self.waits = NEVER
        if time - stretch > self.longest:
            self.longest = time - stretch
            self.longest_start = stretch
        if self.hand is not None:
            self.hand.note_wait(stretch, time)

    def begin_turn(self, time: Time) -> None:
        """It has a core, and the switch is paid."""
        self.end_wait(time)
        self.running = time
        if self.new and self.has_gil:
            self.note_turn(time)

    def note_turn(self, time: Time) -> None:
        """It can go on; perhaps for the first time."""
        self.new = False
        if self.times.first_run is None:
            self.times.first_run = time
        if self.job is not None and self.job.start is None:
            self.job.start = time

    def take_back(self, time: Time) -> None:
        """It lost its core at the moment it had it: that was no turn."""
        self.new = True
        if self.times.first_run == time and not self.cpu:
            self.times.first_run = None
        if self.job is not None and self.job.start == time and self.cpu == self.cpu_before:
            self.job.start = None

    def cpu_at(self, time: Time) -> Time:
        """How much it has run by now."""
        return self.cpu if self.running == NEVER else self.cpu + time - self.running

    def waited_at(self, time: Time) -> Time:
        """How much it has waited by now."""
        return self.waited if self.waits == NEVER else self.waited + time - self.waits

    def store(self) -> None:
        """Its sums are complete."""
        times = self.times
        times.cpu, times.waiting = self.cpu, self.waited
        times.longest_wait, times.longest_wait_start = self.longest, self.longest_start
        times.context_switches, times.migrations = self.context_switches, self.migrations
        times.preemptions = self.preemptions


class TaskLife:
    """What a task does at the moment; ``thread`` is that of its loop."""

    __slots__ = ("due", "ready", "thread", "times")

    def __init__(self, times: Times, thread: ThreadLife) -> None:
        self.times = times
        self.thread = thread
        self.due: Time = NEVER
        self.ready: Time = NEVER
        """From when on it can go on, as far as known, unless it is in its loop's hand."""

    def drop(self, time: Time) -> None:
        """Its loop lets go of it: what its thread did meanwhile was for it."""
        thread, times = self.thread, self.times
        cpu, waited = thread.cpu, thread.waited
        if thread.running != NEVER:
            cpu += time - thread.running
        if thread.waits != NEVER:
            waited += time - thread.waits
            self.note_wait(thread.stretch, time)
        times.cpu += cpu - thread.hand_cpu
        times.waiting += waited - thread.hand_waited
        thread.hand, thread.hand_cpu, thread.hand_waited = None, cpu, waited

    def end_wait(self, time: Time) -> None:
        """It no longer waits for its loop."""
        if self.ready != NEVER and self.ready < time:
            self.times.waiting += time - self.ready
            self.note_wait(self.ready, time)
        self.ready = NEVER

    def note_wait(self, start: Time, end: Time) -> None:
        """It has waited in one piece."""
        if end - start > self.times.longest_wait:
            self.times.longest_wait = end - start
            self.times.longest_wait_start = start
