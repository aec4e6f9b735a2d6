# The verifier took variables that change places in a loop for a lost reference.
def f0(x0, x1, x2):
    v1 = 0
    for i in range(1):
        v1, x0 = (x0, v1)
        for i6 in range(1):
            pass


def main():
    for i in range(1, 0, -1):
        if f0(i, None, 1):
            pass
        else:
            pass


for _ in range(3):
    main()
