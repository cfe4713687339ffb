"""33 programs whose order of execution was measured on CPython (SEMANTICS.md B8), on SimLoop.

Each says tokens.  They are written tersely, as they were measured, with three changes: blocking
calls are simulated ones, sockets too, and in ``p31`` starting a task takes a microsecond, as in
life, so that its equal sleeps are not due at the very same moment.

Imports the real asyncio: nobody loads this package before he asks for its target.
"""

from __future__ import annotations

from schedsim.validate.orders import cancelling, queues, waiting
from schedsim.validate.orders.expected import EXPECTED, UNORDERED
from schedsim.validate.orders.said import PROGRAMS, tokens

__all__ = ["EXPECTED", "PROGRAMS", "UNORDERED", "cancelling", "queues", "tokens", "waiting"]
