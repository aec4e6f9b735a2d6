# Two variables with the same constant became one, with two references that were counted as one: found by verification.
def main():
    v10 = (0.0,)
    v12 = v10
    for i in (1 for j in range(1)):
        v10 = tuple([1, 1])[:1]
        if not i:
            v12 = v10
for _ in range(4):
    main()
