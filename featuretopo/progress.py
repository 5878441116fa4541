"""Progress on stderr, or in the notebook; silent when nobody watches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

#: Called with the number of steps done, now and then; or whether a bar is shown.
Progress = Callable[[int], None] | bool


def bars() -> Bars:
    """Return bars that count steps; none are drawn where stderr is no terminal and no notebook."""
    console = Console(stderr=True)
    return Bars(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
        console=console,
        disable=not (console.is_terminal or console.is_jupyter),
    )


@contextmanager
def watched(progress: Progress, title: str, total: int) -> Iterator[Callable[[int], None]]:
    """Give what is called with the number of steps done, whatever was asked for.

    Examples
    --------
    >>> told = []
    >>> with watched(told.append, "training", 2) as tell:
    ...     tell(1)
    >>> told
    [1]
    """
    if callable(progress):
        yield progress
    elif not progress:
        yield lambda done: None
    else:
        with bars() as shown:
            bar = shown.add_task(title, total=total)
            yield lambda done: shown.update(bar, completed=done)
