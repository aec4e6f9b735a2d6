"""The edit distance of two texts: strings indexed by character, two rows of a table."""

import sys


def distance(a: str, b: str) -> int:
    previous = list(range(len(b) + 1))
    for i in range(1, len(a) + 1):
        current = [i]
        for j in range(1, len(b) + 1):
            cost = 0 if a[i - 1] == b[j - 1] else 1
            current.append(min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + cost))
        previous = current
    return previous[-1]


def text(length: int, seed: int) -> str:
    letters = []
    for _ in range(length):
        seed = (seed * 1103515245 + 12345) % 2147483648
        letters.append("acgt"[seed >> 16 & 3])
    return "".join(letters)


def main() -> None:
    length = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    print(f"two texts of {length} letters are {distance(text(length, 1), text(length, 2))} edits apart")


if __name__ == "__main__":
    main()
