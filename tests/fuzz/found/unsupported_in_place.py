# TypeError says which operator: in place or not.
def bl1(x0):
    r = x0
    try:
        for i0 in range(5):
            try:
                r = r
            except LookupError as error:
                pass
            else:
                pass
    finally:
        r ^= 1
for i in range(2):
    try:
        bl1(1.5)
    except Exception as error:
        out(error)
