# A region that could not be built kept the values of the variables that it would have relied on.
class K:
    def __del__(self):
        out("del")


v = K()
for i in range(2):
    try:
        pass
    except Exception as error:
        pass
    finally:
        continue
try:
    del v.c
except AttributeError as error:
    out("no such attribute")
del v
out("after")
