"""Where things lie in this interpreter: what the C runtime's `layout()` and `helpers()` say, asked once."""

from __future__ import annotations

import functools


class Layout:
    """Byte offsets, addresses and constants; the attributes are the keys of `_runtime.layout()` (see `csrc/layout.c`)."""

    ob_refcnt: int
    ob_type: int
    ob_size: int
    list_items: int
    list_allocated: int
    tuple_items: int
    float_value: int
    int_tag: int
    int_digits: int
    sizeof_int: int
    small_int_zero: int
    bytes_data: int
    bytearray_start: int
    str_length: int
    str_state: int
    str_ascii_bits: int
    str_ascii_data: int
    array_items: int
    array_descriptor: int
    array_typecode: int
    cell_content: int
    function_code: int
    function_defaults: int
    function_kwdefaults: int
    code_start: int
    inline_values_embedded: int
    inline_values: int
    inline_values_valid: int
    managed_dict: int
    frame_instruction: int
    frame_localsplus: int
    breaker_in_interpreter: int
    breaker: int
    breaker_bits: int
    monitoring_version_in_interpreter: int
    monitoring_version: int
    monitoring_version_mask: int
    tstate_interpreter: int
    tstate_c_recursion_remaining: int
    region_valid: int
    region_ticks: int
    cx_tstate: int
    cx_frame: int
    cx_localsplus: int
    cx_guard: int
    cx_dying: int
    cx_linked: int
    cx_needs: int
    cx_region: int
    cx_values: int
    float_freelist: int
    random_state: int

    def __init__(self, numbers: dict[str, int]) -> None:
        self.__dict__.update(numbers)


@functools.cache
def layout() -> Layout:
    from jitney import _runtime

    return Layout(_runtime.layout())


@functools.cache
def helper_addresses() -> dict[str, int]:
    from jitney import _runtime

    addresses: dict[str, int] = _runtime.helpers()
    return addresses
