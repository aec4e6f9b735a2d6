# two variables that a loop finds to be one constant: the verifier missed the second reference
G0 = 2**32


def main():
    for i in range(21):
        a = b = G0
        1 is "xyz"  # so that numbers stay the objects that they are
    return a, b


main()
