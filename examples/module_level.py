"""Loops at module level, as short scripts have them: every variable is a global."""

import sys

size = int(sys.argv[1]) if len(sys.argv) > 1 else 500_000

# floats: pi by Leibniz's series
total = 0.0
sign = 1.0
for i in range(size * 4):
    total += sign / (2 * i + 1)
    sign = -sign
print(f"pi is about {4 * total:.6f}")

# a bytearray: primes
composite = bytearray(size)
count = 0
for number in range(2, size):
    if not composite[number]:
        count += 1
        multiple = number * number
        while multiple < size:
            composite[multiple] = 1
            multiple += number
print(f"{count} primes below {size}")

# integers: Collatz
longest = start = 0
for number in range(1, size // 20):
    value = number
    steps = 1
    while value != 1:
        if value % 2 == 0:
            value //= 2
        else:
            value = 3 * value + 1
        steps += 1
    if steps > longest:
        longest = steps
        start = number
print(f"{start} has the longest Collatz sequence: {longest} numbers")

# lists: matrix multiplication
n = int(size ** 0.33)
a = [[(row * column) % 7 / 7 for column in range(n)] for row in range(n)]
b = [[(row + column) % 5 / 5 for column in range(n)] for row in range(n)]
trace = 0.0
for row in range(n):
    for column in range(n):
        cell = 0.0
        for k in range(n):
            cell += a[row][k] * b[k][column]
        if row == column:
            trace += cell
print(f"the trace of a {n} x {n} product is {trace:.6f}")
