# "reference lost": the field of a tuple that is not made, an int object, became a mere number at the loop's header; nothing was compiled.
def main():
    v9 = 1
    w10 = 2**63
    w10_end = w10 + 21
    while w10 < w10_end:
        w10 += 1
        v12 = (w10, v9)
    out(v12)


main()


def near(start):
    w10 = start
    while w10 < start + 21:
        w10 += 1
        v12 = (w10, 1.5, w10)
    out(v12)


for start in (2**63 - 9, 2**62, -(2**63) - 5):
    near(start)
