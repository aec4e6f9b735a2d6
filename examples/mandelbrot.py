"""The Mandelbrot set in characters: floats in nested loops."""

import sys

SHADES = " .:-=+*#%@"


def escape_time(re: float, im: float, limit: int) -> int:
    x = y = 0.0
    for step in range(limit):
        xx = x * x
        yy = y * y
        if xx + yy > 4.0:
            return step
        y = 2.0 * x * y + im
        x = xx - yy + re
    return limit


def rows(size: int, limit: int):
    height = size // 2
    for row in range(height):
        im = (row / height - 0.5) * 2.4
        line = []
        for column in range(size):
            re = column / size * 3.2 - 2.2
            line.append(escape_time(re, im, limit))
        yield line


def main() -> None:
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 800
    limit = 100
    total = 0
    picture = []
    for number, line in enumerate(rows(size, limit)):
        total += sum(line)
        if number % (size // 32 or 1) == 0:
            picture.append("".join(SHADES[min(steps, limit - 1) * len(SHADES) // limit] for steps in line[:: size // 64 or 1]))
    print("\n".join(picture))
    print(f"{size} x {size // 2} points, {total} steps")


if __name__ == "__main__":
    main()
