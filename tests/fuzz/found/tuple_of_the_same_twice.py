# A tuple that holds another one twice became one that holds two equal ones, and some were never let go of.
class K:
    def __del__(self):
        out("del")


def nested(t):
    for i in range(6):
        t = (t, t)
    same = []
    while type(t) is tuple:
        same.append(t[0] is t[1])
        t = t[0]
    out(same)


def built(x):
    made = []
    for i in range(8):
        one = (x, i)
        made.append((one, (one, one), slice(one, one)))
    for a, b, c in made:
        out(a is b[0], b[0] is b[1], c.start is c.stop)


for n in range(3):
    nested(K())
    built(K())
