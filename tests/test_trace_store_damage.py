"""A trace store that was killed, cut, changed, or made by somebody else."""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from array import array
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import zstandard
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings, strategies as st

from schedsim.cli import cli
from schedsim.recording import Recording
from schedsim.run import Run
from schedsim.scenario_file import loads
from schedsim.trace import Kind, Trace
from schedsim.trace_store import (
    KeptRun,
    Reader,
    StoreError,
    Writer,
    rows,
    schema,
    tables,
    writing,
)
from schedsim.trace_store.columns import Packer, Unpacker
from schedsim.trace_store.tables import LATEST, Teller
from tests.test_trace_store import SOURCE, TEXT, played, read, same, stored

ROWS = 16
"""Of a chunk in these tests: so that a short run has many."""

SIMPLE = TEXT.replace("count = 3", "count = 1")
WRITES = f"""
import sys
from pathlib import Path
from schedsim.run import Run
from schedsim.scenario_file import loads
from schedsim.trace_store import StoreError, Writer, beginning, writing
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
from tests.test_trace_store import SOURCE, TEXT
writing.ROWS = {ROWS}
run = Run(loads(TEXT.replace("repeat = 40", "repeat = 4000"), "turns"))
print("begins", flush=True)
try:
    with Writer(Path(sys.argv[1]), run.trace, beginning(run, SOURCE)) as writer:
        while not run.finished:
            run.extend(len(run.trace) + {ROWS})
            writer.write()
        writer.end(beginning(run, SOURCE))
except StoreError as error:
    sys.exit(str(error))
"""


@pytest.fixture(autouse=True)
def short_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "ROWS", ROWS)


@pytest.fixture(scope="module")
def long_trace() -> Trace:
    run = Run(loads(TEXT.replace("repeat = 40", "repeat = 4000"), "turns"))
    return run.finish()


def is_prefix(part: Trace, whole: Trace) -> bool:
    rows = len(part)
    ours = (whole.times[:rows], whole.codes[:rows], whole.args[:rows])
    return (part.times, part.codes, part.args) == ours


def kill_a_writer(folder: Path, after: float) -> Path:
    """Start one, and kill it after so many seconds; where it wrote."""
    path = folder / "turns.trace"
    with subprocess.Popen(
        [sys.executable, "-c", WRITES, str(path)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "begins\n"
        time.sleep(after)
        writer.send_signal(signal.SIGKILL)
    assert not path.exists()
    return folder / "turns.trace.part"


@pytest.mark.parametrize("after", [0.01, 0.1, 0.3])
def test_a_killed_writer_leaves_all_it_had_written(
    tmp_path: Path, long_trace: Trace, after: float
) -> None:
    partial = kill_a_writer(tmp_path, after)
    if not partial.exists():
        return  # it had not begun
    try:
        with Reader(partial) as reader:
            trace = reader.read()
            assert not reader.whole
    except StoreError as error:
        assert "cut short" in str(error)  # noqa: PT017 - it had hardly begun
        return
    assert is_prefix(trace, long_trace)
    # Nothing that was written is missing: the file holds no more chunks than can be read.
    assert len(trace) >= (partial.stat().st_size // 1_000_000) * ROWS
    assert after < 0.3 or len(trace) > 10 * ROWS


@pytest.mark.slow
def test_killed_at_a_hundred_random_moments(tmp_path: Path, long_trace: Trace) -> None:
    chance = random.Random(1)
    read_rows = []
    for number in range(100):
        folder = tmp_path / str(number)
        folder.mkdir()
        partial = kill_a_writer(folder, chance.uniform(0, 0.5))
        try:
            trace = read(partial) if partial.exists() else Trace()
        except StoreError as error:
            assert "cut short" in str(error)  # noqa: PT017 - it had hardly begun
            continue
        assert is_prefix(trace, long_trace)
        read_rows.append(len(trace))
    assert len(set(read_rows)) > 50


def test_a_file_that_is_cut_is_read_up_to_its_last_whole_chunk(tmp_path: Path) -> None:
    run = Run(loads(TEXT, "turns"))
    path = tmp_path / "turns.trace"
    sizes = []
    with Writer(path, run.trace, Recording.of(run, SOURCE)) as writer:
        while not run.finished:
            run.extend(len(run.trace) + ROWS)
            writer.write()
            sizes.append((writer.partial.stat().st_size, len(run.trace) // ROWS * ROWS))
        writer.end(Recording.of(run, SOURCE))
    content = path.read_bytes()
    cut = tmp_path / "cut.trace"
    chance = random.Random(1)
    lengths = {chance.randrange(len(content)) for _ in range(60)}
    lengths |= {size + d for size, _ in sizes for d in (-1, 0, 1)} - {len(content)}
    whole_head = sizes[0][0]
    foreseen = set[int]()
    for length in sorted(lengths):
        cut.write_bytes(content[:length])
        try:
            with Reader(cut) as reader:
                foreseen.add(reader.known_rows())
                trace = reader.read()
        except StoreError:
            assert length < whole_head
            continue
        assert not reader.whole or length >= len(content)
        assert is_prefix(trace, run.trace)
        # All that was on the disk when the file was so long is read.
        written = {size: rows for size, rows in sizes if size <= length}
        if written:
            least = min(rows for size, rows in sizes if size == max(written))
            assert len(trace) >= least
    # Either where the last chunk is can still be read, or nothing is known.
    assert foreseen == {0, len(run.trace)}


@contextmanager
def room(most: int) -> Iterator[None]:
    """No file may become longer: as if the disk were full.  Python ignores SIGXFSZ by itself."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("most", [100_000, 300_000, 1_000_000])
def test_a_full_disk_leaves_what_was_written(tmp_path: Path, long_trace: Trace, most: int) -> None:
    path = tmp_path / "turns.trace"
    run = played()
    recorded = Recording.of(run, SOURCE)
    with (
        room(most),
        pytest.raises(StoreError) as failed,
        Writer(path, long_trace, recorded) as writer,
    ):
        writer.write()
    partial = tmp_path / "turns.trace.part"
    says = str(failed.value)
    assert len(says.splitlines()) == 1
    assert says.startswith(f"{path}: ")
    assert f"what was written is in {partial}" in says
    trace = read(partial)
    assert is_prefix(trace, long_trace)
    assert len(trace) > 0
    assert not path.exists()


def test_a_disk_that_is_full_from_the_beginning_is_told(tmp_path: Path) -> None:
    run = played()
    with room(100), pytest.raises(StoreError) as failed:
        Writer(tmp_path / "turns.trace", run.trace, Recording.of(run, SOURCE))
    assert str(failed.value).startswith(f"{tmp_path / 'turns.trace'}: ")
    assert "what was written" not in str(failed.value)  # there is nothing


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    run, path = played(), tmp_path / "nowhere" / "turns.trace"
    with pytest.raises(StoreError, match=r"turns\.trace: unable to open database file"):
        Writer(path, run.trace, Recording.of(run, SOURCE))


def test_a_name_that_was_taken_meanwhile_is_told_and_costs_nothing(tmp_path: Path) -> None:
    run, path = played(), tmp_path / "turns.trace"
    recorded = Recording.of(run, SOURCE)
    with Writer(path, run.trace, recorded) as writer:
        (path / "inside").mkdir(parents=True)
        with pytest.raises(StoreError, match=r"turns.trace: is a directory; what was written is"):
            writer.end(recorded)
    assert same(read(writer.partial), run.trace)


def test_links_stay_and_what_is_replaced_keeps_its_permissions(tmp_path: Path) -> None:
    run, path, real = played(), tmp_path / "turns.trace", tmp_path / "real"
    real.touch(0o640)
    real.chmod(0o640)
    path.symlink_to(real)
    (tmp_path / "real.part").symlink_to(tmp_path / "elsewhere")
    recorded = Recording.of(run, SOURCE)
    with Writer(path, run.trace, recorded) as writer:
        writer.end(recorded)
    assert path.is_symlink()
    assert same(read(path), run.trace)
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("name", ["nowhere", ".", "a\0b"], ids=["missing", "folder", "NUL"])
def test_what_cannot_be_read_is_told_and_is_no_store(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    assert not schema.looks_like_store(path)
    says = {
        "nowhere": "nowhere: no such file or directory",
        ".": "is a directory",
        "a\0b": r"a\\x00b: embedded null byte",
    }
    with pytest.raises(StoreError, match=says[name]):
        Reader(path)


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Of a store of a short run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writing, "ROWS", 128)
        return stored(played(), tmp_path_factory.mktemp("store") / "turns.trace").read_bytes()


@settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    deadline=None,
)
@given(data=st.data())
def test_a_changed_file_is_refused_or_says_the_same(
    data: st.DataObject, content: bytes, tmp_path: Path
) -> None:
    changed = bytearray(content)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1) | st.integers(0, 100))
        changed[place] = data.draw(st.integers(0, 255))
    length = data.draw(st.just(len(content)) | st.integers(0, len(content)))
    path = tmp_path / "changed.trace"
    path.write_bytes(changed[:length])
    try:
        with Reader(path) as reader:
            trace = reader.read()
    except StoreError as error:
        says = str(error)
        trace = None
    if trace is None:
        assert says.startswith(str(path))
        assert len(says.splitlines()) == 1
        return
    if reader.whole:
        assert same(trace, played().trace)
    else:
        assert is_prefix(trace, played().trace)


# -- made by somebody else --------------------------------------------------------------------


def altered(path: Path, statement: str, *parameters: object) -> Path:
    """A store in which somebody has done something."""
    with sqlite3.connect(path) as file:
        file.execute(statement, parameters)
    file.close()
    return path


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE more (a)",
        "CREATE VIEW v AS SELECT * FROM chunks",
        "CREATE TRIGGER t AFTER INSERT ON chunks BEGIN SELECT 1; END",
        "CREATE INDEX i ON chunks (first)",
        "ALTER TABLE about ADD COLUMN more DEFAULT 'x'",
        "DROP TABLE ending",
    ],
)
def test_a_file_with_other_tables_is_refused(tmp_path: Path, statement: str) -> None:
    path = altered(stored(played(), tmp_path / "turns.trace"), statement)
    with pytest.raises(StoreError, match="not a trace store: it has other tables"):
        Reader(path)


def test_a_schema_that_is_no_text_is_told(tmp_path: Path) -> None:
    path = stored(played(), tmp_path / "turns.trace")
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE chunks", b"CREATE TABL\xac chunks"))
    with pytest.raises(StoreError, match=r"turns\.trace: damaged: 'utf-8' codec"):
        Reader(path)


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("DELETE FROM chunks WHERE number = 3", "steps instead of"),
        ("UPDATE chunks SET rows = 1e9 WHERE number = 3", "chunk 3"),
        ("UPDATE chunks SET rows = 4294967296 WHERE number = 3", "chunk 3"),
        ("UPDATE chunks SET first = -1 WHERE number = 3", "chunk 3"),
        ("UPDATE chunks SET times = codes WHERE number = 3", "chunk 3: it was changed"),
        ("UPDATE chunks SET times = 7 WHERE number = 3", "chunk 3: something else than bytes"),
        ("UPDATE chunks SET times = zeroblob(100000000) WHERE number = 3", "chunk 3: it cannot"),
        ("UPDATE chunks SET until = 0 WHERE number = 3", "chunk 3"),
        ("UPDATE about SET content = '{'", "about is not JSON"),
        ("UPDATE about SET content = '[]'", "about is not a table"),
        ("UPDATE about SET content = NULL", "about"),
        ("UPDATE about SET content = zeroblob(50000000)", "about is not a text"),
        ("UPDATE about SET content = replace(content, 'cores', 'kores')", "damaged"),
        ("UPDATE about SET content = replace(content, '\"cores\": 2', '\"cores\": -2')", "damaged"),
        (
            "UPDATE about SET content = replace(content, '\"ns\"', '\"day\"')",
            "unit: 'ns' or 'tick'",
        ),
        ("UPDATE about SET content = json_set(content, '$.recording', 7)", "is not a text"),
        (
            "UPDATE ending SET content = json_set(content, '$.recording', 'x')",
            "the recording in it",
        ),
        ("UPDATE ending SET content = replace(content, 'done', 'dome')", "edited in line"),
        ("UPDATE ending SET content = replace(content, 'true', '1')", None),
        ("INSERT INTO ending VALUES ('{}')", "ending is not a text"),
        ("DELETE FROM about", "it does not say what was run"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, statement: str, says: str | None) -> None:
    if statement.startswith("UPDATE about SET content = NULL"):
        statement = "UPDATE about SET content = 0"
    path = altered(stored(played(), tmp_path / "turns.trace"), statement)
    if says is None:
        assert not read(path).complete
        return
    with pytest.raises(StoreError, match=says):
        read(path)


def forged(path: Path, number: int, **columns: bytes) -> Path:
    """A store with other columns in one chunk, and the checksum that belongs to them."""
    names = ("times", "codes", "args", "tables", "state")
    with sqlite3.connect(path) as file:
        query = f"SELECT first, rows, until, {', '.join(names)} FROM chunks WHERE number = ?"
        first, rows, until, *blobs = file.execute(query, (number,)).fetchone()
    file.close()
    new = [columns.get(name, blob) for name, blob in zip(names, blobs, strict=True)]
    total = writing.checksum(number, first, rows, until, *new)
    sets = ", ".join(f"{name} = ?" for name in (*names, "sum"))
    return altered(path, f"UPDATE chunks SET {sets} WHERE number = {number}", *new, total)


def packed(numbers: list[int]) -> bytes:
    return Packer().column(array("q", numbers))


def flagged(numbers: list[int], later: bytes = bytes(16)) -> bytes:
    flags = zstandard.compress(later)
    return len(flags).to_bytes(4, "little") + flags + packed(numbers)


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        (
            {"times": b"n" + zstandard.compress(bytes(1 << 30))},
            "more than the 128 that can be here",
        ),
        ({"tables": zstandard.compress(bytes(1 << 30))}, "more than the 64,000,000"),
        ({"times": b"no"}, "cannot be read"),
        ({"times": b"xo"}, "cannot be read"),
        ({"times": b"x" + zstandard.compress(bytes(128))}, "a form that nobody knows"),
        ({"args": flagged([0] * 16, bytes(15))}, "which arguments are moments is damaged"),
        ({"args": flagged([0] * 16, b"2" * 16)}, "which arguments are moments is damaged"),
        ({"args": b"\xff" * 40}, "cannot be read"),
        ({"times": packed([1] * 15)}, "15 numbers instead of 16"),
        ({"times": packed([1, -1] * 8)}, "a time is earlier than the one before"),
        ({"times": packed([1 << 62] * 16)}, "a time is later than can be"),
        ({"times": packed([LATEST, LATEST] + [0] * 14)}, "a time is later than can be"),
        ({"times": packed([10**12] * 16)}, "a time is later than the run had come"),
        ({"args": flagged([0] * 16)}, "the digest of what is in it is another"),
        ({"codes": packed([0] * 16)}, "kind 0 with reason 0: there is no such thing"),
        ({"codes": packed([63] * 16)}, "kind 63"),
        ({"codes": packed([-1] * 16)}, "there is no such thing"),
        ({"codes": packed([2 | 60 << 6] * 16)}, "reason 60"),
        ({"codes": packed([2 | 999 << 21] * 16)}, "entity number 999"),
        ({"codes": packed([3 | 100 << 12] * 16)}, "core number 100, of 3"),
        ({"codes": packed([8] * 16), "args": flagged([99] * 16)}, "label number 99"),
        ({"codes": packed([Kind.UNLOCK] * 16), "args": flagged([99] * 16)}, "resource number 99"),
        (
            {"codes": packed([17 | 28 << 6] * 16), "args": flagged([1 << 40] * 16)},
            "core number",
        ),
        ({"tables": zstandard.compress(b"{")}, "chunk 2"),
        ({"tables": zstandard.compress(b"[" * 100_000)}, "nested too deeply"),
        ({"tables": zstandard.compress(b'{"run": "rm"}')}, "unknown field"),
        ({"tables": zstandard.compress(b'{"labels": [1]}')}, "Expected `str`"),
    ],
)
def test_rows_that_cannot_be_are_refused(
    tmp_path: Path, columns: dict[str, bytes], says: str
) -> None:
    path = forged(stored(played(), tmp_path / "turns.trace"), 2, **columns)
    with pytest.raises(StoreError, match=says):
        read(path)


@pytest.mark.parametrize(
    ("field", "says"),
    [
        (2, "'a' lives where nobody is"),  # its process
        (6, "'a' has a program or attributes that nobody knows"),
        (11, "'a' has a program or attributes that nobody knows"),
    ],
)
def test_who_cannot_be_is_refused(tmp_path: Path, field: int, says: str) -> None:
    path = stored(played(SIMPLE), tmp_path / "turns.trace")
    told = json.loads(Teller(played(SIMPLE).trace).news())
    told["entities"][-1][field] = 99
    forged(path, 0, tables=zstandard.compress(json.dumps(told).encode()))
    with pytest.raises(StoreError, match=says):
        read(path)


@settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(data=st.data())
def test_rows_in_any_order_end_in_one_line(data: st.DataObject, tmp_path: Path) -> None:
    run = played()
    for _ in range(data.draw(st.integers(1, 5))):
        one, other = data.draw(st.tuples(*[st.integers(0, len(run.trace) - 1)] * 2))
        for column in (run.trace.codes, run.trace.args):
            column[one], column[other] = column[other], column[one]
    path = stored(run, tmp_path / "turns.trace", keyframes=False)
    form = data.draw(st.sampled_from([("replay",), ("export", "--to", "html")]))
    done = CliRunner().invoke(cli, [*form, str(path)])
    assert done.exception is None or isinstance(done.exception, SystemExit)
    assert (done.exit_code, len(done.stderr.splitlines())) in {(0, 0), (2, 1)}


def test_long_names_of_many_are_told_in_parts(tmp_path: Path) -> None:
    """All in one, they would be more than a reader takes from a chunk."""
    name = "x" * 9_900
    many = TEXT.replace("count = 3", "count = 300").replace("repeat = 40", "repeat = 1")
    run = played(many.replace('name = "a"', f'name = "{name}"'))
    path = stored(run, tmp_path / "long.trace", keyframes=False)
    with closing(sqlite3.connect(path)) as file:
        news = file.execute("SELECT tables FROM chunks WHERE number >= 0").fetchall()
    sizes = [len(zstandard.decompress(each)) for (each,) in news if each]
    assert sum(sizes) > 5_000_000
    assert max(sizes) < 3_000_000
    assert same(read(path), run.trace)


def test_a_small_file_does_not_take_all_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each chunk may be fine, and all together not."""
    path = stored(played(), tmp_path / "turns.trace")
    bomb = zstandard.compress(b'{"labels":[' + b'"ab",' * 99 + b'"ab"]}')
    assert len(bomb) < 50
    for number in range(10, 20):
        forged(path, number, tables=bomb)
    monkeypatch.setattr(tables, "MOST_SAID", 20_000)  # each takes 512 bytes and 101 * 16
    with pytest.raises(StoreError, match=r"chunk 1\d: more names and texts than"):
        read(path)


def test_a_chunk_that_says_too_much_is_not_even_understood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = stored(played(), tmp_path / "turns.trace")
    forged(path, 10, tables=zstandard.compress(b"[" + b"[]," * 200 + b"not JSON at all"))
    monkeypatch.setattr(tables, "MOST_AT_ONCE", 5_000)
    with pytest.raises(StoreError, match="chunk 10: more names and texts than"):
        read(path)


def test_what_could_not_be_read_again_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "MOST_SAID", 100)
    run = played()
    recorded = Recording.of(run, SOURCE)
    with (
        pytest.raises(StoreError, match=r"turns\.trace: there are more, or longer, names"),
        Writer(tmp_path / "turns.trace", run.trace, recorded) as writer,
    ):
        writer.end(recorded)


def test_what_is_wrong_from_the_first_row_on_is_looked_at_as_nothing(tmp_path: Path) -> None:
    path = stored(played(), tmp_path / "turns.trace")
    kept = KeptRun(altered(path, "UPDATE chunks SET times = codes WHERE number = 0"))
    kept.extend(40)
    assert (len(kept.trace), kept.finished) == (0, True)
    assert kept.says() == f"{path}: damaged: chunk 0: it was changed after it was written"


def test_however_many_kinds_of_rows_there_are_all_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "_MOST_FINE", 3)
    run = played()
    assert same(read(stored(run, tmp_path / "turns.trace")), run.trace)


def test_what_says_nothing_of_its_size_is_not_decompressed() -> None:
    packer = zstandard.ZstdCompressor(write_content_size=False)
    with pytest.raises(ValueError, match="more than the 1,000 that can be here"):
        Unpacker().unpack(packer.compress(bytes(2_000)), most=1_000)


def test_a_moment_that_no_number_holds_is_refused() -> None:
    last = array("q", [(1 << 63) - 1])
    with pytest.raises(ValueError, match="a moment is later than can be"):
        Unpacker().relative(flagged([3], b"\1"), 1).part(slice(None), last)


def test_a_moment_that_comes_too_late_in_small_steps_is_refused() -> None:
    times = array("q", [0, 40, 60])
    with pytest.raises(ValueError, match="a time is later than can be"):
        Unpacker().rising(Packer().rising(times, 0), 3, 0, 50)
    assert Unpacker().rising(Packer().rising(times, 0), 3, 0, 60) == times
