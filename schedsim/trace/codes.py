"""How a row's code is packed, and what its argument is where there is none.

From the lowest bit::

    kind 6 | reason 6 | core 9 | subject 21 | other 21

*core* is the core's number plus one (0: no core is concerned).  *subject* and *other* are entity
numbers; 0 is nobody.
"""

from __future__ import annotations

from typing import Final

REASON_SHIFT: Final = 6
CORE_SHIFT: Final = 12
SUBJECT_SHIFT: Final = 21
OTHER_SHIFT: Final = 42
MOST_CORES: Final = (1 << (SUBJECT_SHIFT - CORE_SHIFT)) - 2
MOST_ENTITIES: Final = (1 << (OTHER_SHIFT - SUBJECT_SHIFT)) - 1
KIND_MASK: Final = 63
"""Of a kind, or of a reason once it is shifted down."""
CORE_MASK: Final = (1 << (SUBJECT_SHIFT - CORE_SHIFT)) - 1
ENTITY_MASK: Final = MOST_ENTITIES

NEVER: Final = -1
"""In the argument of a row: no moment is known."""
