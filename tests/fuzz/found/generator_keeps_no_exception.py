# A generator whose loop was recorded while its caller handled an exception had that one as its own.
def counting(n):
    while True:
        got = yield n


def delegating(n):
    yield from counting(n)


def main():
    try:
        try:
            {}['abc']
        finally:
            g = delegating(1)
            try:
                next(g)
                for j in range(5):
                    g.send(j)
                g.throw(ValueError)
            except ValueError as error:
                out(error)
    except KeyError:
        pass


main()
