# cython: language_level=3
# cython: boundscheck=False, wraparound=False, cdivision=True
"""An array of doubles as a Cython extension type: typed methods over a block of C memory."""

from cpython.mem cimport PyMem_Free, PyMem_Malloc


cdef class array:
    """array(data): a one-dimensional array of doubles, copied from a sequence of numbers."""

    cdef double *data
    cdef Py_ssize_t size

    def __init__(self, data):
        cdef list numbers = list(data)
        cdef Py_ssize_t size = len(numbers)
        cdef double *block = allocate(size)
        cdef Py_ssize_t i
        try:
            for i in range(size):
                # An element's own __float__ cannot change this list: it is ours.
                block[i] = numbers[i]
        except:
            PyMem_Free(block)
            raise
        PyMem_Free(self.data)
        self.data = block
        self.size = size

    def __dealloc__(self):
        PyMem_Free(self.data)

    def __add__(array self, array other not None):
        check_same_size(self, other)
        cdef array result = new_array(self.size)
        cdef Py_ssize_t i
        for i in range(self.size):
            result.data[i] = self.data[i] + other.data[i]
        return result

    def __sub__(array self, array other not None):
        check_same_size(self, other)
        cdef array result = new_array(self.size)
        cdef Py_ssize_t i
        for i in range(self.size):
            result.data[i] = self.data[i] - other.data[i]
        return result

    def __mul__(array self, double factor):
        cdef array result = new_array(self.size)
        cdef Py_ssize_t i
        for i in range(self.size):
            result.data[i] = self.data[i] * factor
        return result

    def __rmul__(array self, double factor):
        cdef array result = new_array(self.size)
        cdef Py_ssize_t i
        for i in range(self.size):
            result.data[i] = self.data[i] * factor
        return result

    def __truediv__(array self, double divisor):
        cdef array result = new_array(self.size)
        cdef Py_ssize_t i
        for i in range(self.size):
            result.data[i] = self.data[i] / divisor
        return result

    def __len__(self):
        return self.size

    def __getitem__(self, Py_ssize_t index):
        return self.data[checked_index(self, index)]

    def __setitem__(self, Py_ssize_t index, double value):
        self.data[checked_index(self, index)] = value

    def tolist(self):
        """The numbers as a list."""
        return [self.data[i] for i in range(self.size)]


cdef double *allocate(Py_ssize_t size) except NULL:
    if size < 0:
        raise ValueError(f"an array cannot have the length {size}")
    if <size_t>size > (<size_t>-1) // 2 // sizeof(double):
        raise MemoryError
    cdef double *data = <double *>PyMem_Malloc(size * sizeof(double))
    if data == NULL:
        raise MemoryError
    return data


cdef array new_array(Py_ssize_t size):
    """A new array; the values of its numbers are left open."""
    cdef array result = array.__new__(array)
    result.data = allocate(size)
    result.size = size
    return result


cdef int check_same_size(array a, array b) except -1:
    if a.size != b.size:
        raise ValueError(f"the arrays have different lengths: {a.size} and {b.size}")
    return 0


cdef Py_ssize_t checked_index(array self, Py_ssize_t index) except -1:
    cdef Py_ssize_t place = index + self.size if index < 0 else index
    if place < 0 or place >= self.size:
        raise IndexError(f"index {index} is out of range for an array of length {self.size}")
    return place


def zeros(Py_ssize_t size):
    """zeros(n): an array of n zeros."""
    cdef array result = new_array(size)
    cdef Py_ssize_t i
    for i in range(size):
        result.data[i] = 0.0
    return result
