"""The sieve of Eratosthenes over a bytearray, crossing out one number at a time."""

import sys


def primes_below(limit: int) -> list[int]:
    composite = bytearray(limit)
    primes = []
    for number in range(2, limit):
        if composite[number]:
            continue
        primes.append(number)
        multiple = number * number
        while multiple < limit:
            composite[multiple] = 1
            multiple += number
    return primes


def main() -> None:
    limit = int(sys.argv[1]) if len(sys.argv) > 1 else 6_000_000
    primes = primes_below(limit)
    print(f"{len(primes)} primes below {limit}, the last {primes[-1]}")


if __name__ == "__main__":
    main()
