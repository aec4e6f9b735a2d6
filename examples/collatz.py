"""The longest Collatz sequence that begins below a limit: integers, a data-dependent inner loop."""

import sys


def length(number: int) -> int:
    steps = 1
    while number != 1:
        if number % 2 == 0:
            number //= 2
        else:
            number = 3 * number + 1
        steps += 1
    return steps


def longest(limit: int) -> tuple[int, int]:
    best = start = 0
    for number in range(1, limit):
        steps = length(number)
        if steps > best:
            best, start = steps, number
    return start, best


def main() -> None:
    limit = int(sys.argv[1]) if len(sys.argv) > 1 else 120_000
    start, steps = longest(limit)
    print(f"below {limit}, {start} has the longest sequence: {steps} numbers")


if __name__ == "__main__":
    main()
