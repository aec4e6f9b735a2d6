# An instance of a class derived from tuple was taken for the arguments of list.extend, not for the one argument.
class dc2_class(tuple):
    pass

def dc2(x0):
    for i in range(7):
        one, plain = (dc2_class(), 'a')
        (*one,)
for i in range(1):
    dc2(i)
