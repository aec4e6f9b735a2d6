# A variable was deleted, its int left behind in the frame, where what compiled code called saw it.
def comprehension():
    for i in range(6):
        {j: [k for k in range(j)] for j in range(3)}
        out(sorted(locals()))


def deleted():
    for i in range(6):
        x = i + 1000
        out(x)
        del x
        out(sorted(locals()))
        if i % 2:
            x = i
            out(x)


for n in range(3):
    comprehension()
    deleted()
