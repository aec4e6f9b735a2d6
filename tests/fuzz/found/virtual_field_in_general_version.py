# Numbers in a dict of keywords that is not made, where a version has everything as an object: LLVM was given ints for pointers.
def f(x, y, **kw):
    r = 0
    if x == 1: z = 1
    elif x == 2: z = 2.5
    elif x == 3: z = 'q'
    elif x == 4: z = None
    elif x == 5: z = (1,)
    else: z = [x]
    while y > 0:
        y -= 1
        r += kw['c']
    return r, z, kw['d'], kw['e']
def g(n):
    s = 0
    for i in range(n):
        r, z, d, e = f(i % 7, i % 4, c=i + 1, d=i * 0.5, e=i == 3)
        s += r + d - e
    return s
for _ in range(3):
    out(g(60))
