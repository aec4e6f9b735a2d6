"""Matrix multiplication over lists of lists of floats, the way it is written in textbooks."""

import sys

Matrix = list[list[float]]


def matrix(size: int, seed: float) -> Matrix:
    return [[seed * (row - column) * (row + column) / size for column in range(size)] for row in range(size)]


def multiply(a: Matrix, b: Matrix) -> Matrix:
    size = len(a)
    columns = len(b[0])
    result = [[0.0] * columns for _ in range(size)]
    for i in range(size):
        for j in range(columns):
            total = 0.0
            for k in range(len(b)):
                total += a[i][k] * b[k][j]
            result[i][j] = total
    return result


def main() -> None:
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 250
    product = multiply(matrix(size, 1.0), matrix(size, 2.0))
    middle = size // 2
    print(f"{size} x {size}: middle {product[middle][middle]:.6f}, trace {sum(product[i][i] for i in range(size)):.6f}")


if __name__ == "__main__":
    main()
