/* Included before all else where the compiler's own modules, as mypyc wrote them in C, are compiled. mypyc ends the process where there is no
   memory for an int or a tuple; here these come out of the reserve then (../reserve.c), and something larger will fail soon, in a way that can
   be caught. */
#define PyTuple_New jitney_native_PyTuple_New
#define PyLong_FromSsize_t jitney_native_PyLong_FromSsize_t
#define PyLong_FromLong jitney_native_PyLong_FromLong
#define _PyLong_New jitney_native_PyLong_New
#define PyNumber_Add jitney_native_PyNumber_Add
#define PyNumber_Subtract jitney_native_PyNumber_Subtract
#define PyNumber_Multiply jitney_native_PyNumber_Multiply
#define PyNumber_And jitney_native_PyNumber_And
#define PyNumber_Or jitney_native_PyNumber_Or
#define PyNumber_Xor jitney_native_PyNumber_Xor
#define PyNumber_Negative jitney_native_PyNumber_Negative
#define PyNumber_Invert jitney_native_PyNumber_Invert
