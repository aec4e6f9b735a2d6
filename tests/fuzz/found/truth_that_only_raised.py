# Where asking for the truth of an object was only ever seen to raise, neither way on had been recorded: the place was given up by mistake.
class P1:
    def __init__(self, n):
        pass


def ask(x0):
    p = P1(x0)
    p or 1
    P1.__bool__ = 1


def main():
    ask(x0=1)


for _ in range(6):
    try:
        main()
        out("passed")
    except TypeError as error:
        out(str(error))
