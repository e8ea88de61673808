"""Draw docs/windows.png: how the starts of one window are found.

    python benchmarks/windows_picture.py [FILE]

Three threads and ten requests. On the left what each repetition believes of each start; on the
right who served whom in the end.
"""

import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("Agg")
from matplotlib.figure import Figure

from sim.engines.vectorised.windows import serve

TARGET = Path(__file__).parent.parent / "docs" / "windows.png"
COLOURS = ("#0072B2", "#E69F00", "#009E73")
"""Three of Okabe and Ito's colours, which colour-blind people can tell apart."""

ARRIVAL_AT_S = np.array([0.0, 0.4, 0.9, 1.3, 1.8, 2.2, 2.9, 4.8, 5.3, 5.6])
SERVICE_S = np.array([2.5, 3.4, 1.2, 1.9, 2.6, 1.1, 1.4, 1.7, 0.9, 1.5])
FREE_AT_S = np.zeros(3)


def beliefs() -> list[np.ndarray]:
    """Return the starts after each repetition, the arrivals first, until they stay the same."""
    found = [np.maximum(ARRIVAL_AT_S, FREE_AT_S[0])]
    while True:
        ends = np.concatenate((FREE_AT_S, found[-1] + SERVICE_S))
        found.append(np.maximum(ARRIVAL_AT_S, np.sort(ends)[: ARRIVAL_AT_S.size]))
        if np.array_equal(found[-1], found[-2]):
            return found[:-1]


def draw(target: Path) -> None:
    """Write the picture."""
    figure = Figure(figsize=(10, 4), layout="constrained", dpi=110)
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.3))
    steps = beliefs()
    number = np.arange(1, ARRIVAL_AT_S.size + 1)
    for row, start_s in enumerate(steps):
        is_last = row == len(steps) - 1
        left.plot(
            start_s,
            number,
            marker="o" if is_last else "|",
            markersize=5 if is_last else 9,
            linewidth=1.6 if is_last else 0.9,
            color=COLOURS[0] if is_last else str(0.75 - 0.55 * row / len(steps)),
            label=("arrivals" if not row else f"repetition {row}") + (": final" * is_last),
        )
    left.set(xlabel="start (s)", ylabel="request", yticks=number, title="starts, from below")
    left.invert_yaxis()
    left.legend(frameon=False, fontsize=8)
    served = serve(ARRIVAL_AT_S, (SERVICE_S,), FREE_AT_S)
    for n, thread in enumerate(served.thread.tolist()):
        right.barh(
            thread,
            SERVICE_S[n],
            left=served.start_at_s[n],
            height=0.5,
            color=COLOURS[thread],
            edgecolor="white",
            linewidth=1.5,
        )
        middle_s = served.start_at_s[n] + SERVICE_S[n] / 2
        right.text(middle_s, thread, str(n + 1), ha="center", va="center", color="white")
        right.plot(ARRIVAL_AT_S[n], -0.62, marker="v", color="black", markersize=5)
        right.text(ARRIVAL_AT_S[n], -0.75, str(n + 1), ha="center", va="bottom", fontsize=8)
    right.set(
        xlabel="time (s)",
        yticks=range(3),
        xlim=(-0.2, 7.4),
        ylim=(2.5, -1.05),
        title="who serves whom",
    )
    right.set_yticklabels([f"thread {number}" for number in (1, 2, 3)])
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(target, metadata={"Software": None})


if __name__ == "__main__":
    draw(Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET)
