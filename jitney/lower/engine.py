"""LLVM text to machine code, through llvmlite (imported when the first region is compiled).

No pass may contract or reassociate floating-point operations: results must be CPython's in every bit. The machine code lives as long as
its `CompiledCode`.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from .. import _runtime
from ..ir.values import Region
from .image import CompiledCode, Image, load, symbols
from .module import lower


class _Target:
    """The host, set up once: llvmlite's binding module and the machine's name and features."""

    def __init__(self) -> None:
        import llvmlite.binding as llvm
        from llvmlite.binding import ffi

        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        self.llvm = llvm
        self.beside = 0.0  # seconds of processor time that calls took which had released the GIL
        self.background = False  # whether this is the compile thread
        self.lengthy = False  # whether it is to release the GIL also where that pays for much code only
        keep_gil(ffi.lib, self)
        self.calls = ffi.lib._lock  # held in each of llvmlite's calls
        os.register_at_fork(before=self.take_locks, after_in_parent=self.release_locks, after_in_child=self.release_locks)
        self.target = llvm.Target.from_default_triple()
        self.triple = llvm.get_default_triple()
        self.cpu = llvm.get_host_cpu_name()
        self.features = llvm.get_host_cpu_features().flatten()
        self.machines: dict[int, Any] = {}
        self.builders: dict[int, Any] = {}
        self.linker: Linker | None = None

    def take_locks(self) -> None:
        """Before a fork: no other thread is in LLVM then, and the child may use it."""
        _runtime.call_undisturbed(_lock.acquire)
        _runtime.call_undisturbed(self.calls.__enter__)

    def release_locks(self) -> None:
        self.calls._lock.release()
        _lock.release()

    def new_machine(self, level: int) -> Any:
        create = self.target.create_target_machine
        return create(cpu=self.cpu, features=self.features, opt=level, reloc="pic", codemodel="small", jit=True)

    def machine(self, level: int) -> Any:
        """Of this effort of code generation. It is kept: making one takes longer than generating a little code."""
        machine = self.machines.get(level)
        if machine is None:
            machine = self.machines[level] = self.new_machine(level)
        return machine

    def pass_builder(self, level: int) -> Any:
        """Of this effort of the passes. It is kept: llvmlite never frees 1.5 kB of each."""
        builder = self.builders.get(level)
        if builder is None:
            options = self.llvm.create_pipeline_tuning_options(LEVELS[level][0])
            options.loop_vectorization = False
            options.slp_vectorization = False
            options.loop_interleaving = False
            options.loop_unrolling = level > 1
            builder = self.builders[level] = self.llvm.create_pass_builder(self.machine(LEVELS[level][1]), options)
        return builder


class Linker:
    """LLVM's, for object files that the C runtime does not know. For each it keeps about 40 kB for good."""

    def __init__(self, host: _Target) -> None:
        self.host = host
        self.compiler = host.llvm.create_lljit_compiler(host.new_machine(2), use_jit_link=True)
        self.linked = 0

    def link(self, image: Image, pool: tuple[Any, ...]) -> Linked:
        """Loads an object file into one block of memory (so that short relative addresses do)."""
        library = self.host.llvm.JITLibraryBuilder()
        library.add_object_img(image.file)
        library.add_current_process()
        for name in image.functions:
            library.import_symbol("jitney_" + name, symbols()["jitney_" + name])
        library.export_symbol("region")
        if pool:
            library.export_symbol("pool")
        self.linked += 1
        linked = library.link(self.compiler, "region" + str(self.linked))
        if pool:
            import ctypes

            places = (ctypes.c_void_p * len(pool)).from_address(linked["pool"])
            for place, thing in enumerate(pool):
                places[place] = id(thing)
        return Linked(linked, image.code_bytes)


class Linked:
    """What LLVM's linker has loaded, until this dies."""

    def __init__(self, tracker: Any, size: int) -> None:
        self.tracker = tracker
        self.address: int = tracker["region"]
        self.size = size


LENGTHY = frozenset({"LLVMPY_ParseAssembly", "LLVMPY_RunNewModulePassManager"})
ALWAYS_LENGTHY = frozenset({"LLVMPY_TargetMachineEmitToMemory"})
#: lines of LLVM text that take about as long as a thread waits for the GIL
MANY_LINES = 1200


def keep_gil(library: Any, host: _Target) -> None:
    """Has llvmlite's calls keep the GIL, but for those that take long: each release costs the compile thread up to the interpreter's switch
    interval (5 ms) while the program is busy, and quick code takes fewer milliseconds altogether."""
    import ctypes

    def choose(keeping: Any, releasing: Any, always: bool) -> Any:
        def call(*arguments: Any) -> Any:
            if not (host.lengthy or (always and host.background)):
                return keeping(*arguments)
            before = time.thread_time()
            try:
                return releasing(*arguments)
            finally:
                host.beside += time.thread_time() - before

        return call

    keeping_library = ctypes.PyDLL(library._name)
    for name, function in list(library._fntab.items()):
        releasing = function._cfn
        keeping = keeping_library[name]
        keeping.argtypes, keeping.restype = releasing.argtypes, releasing.restype
        function._cfn = keeping
        if name in LENGTHY or name in ALWAYS_LENGTHY:
            function._cfn = choose(keeping, partial(_runtime.call_unquiet, releasing), name in ALWAYS_LENGTHY)


_lock = threading.RLock()
_target: _Target | None = None


def target() -> _Target:
    global _target
    if _target is None:
        _target = _Target()
    return _target


#: passes' effort -> (speed level of LLVM's pipeline, which the least effort does without; effort of code generation)
LEVELS = {0: (0, 0), 1: (1, 1), 2: (2, 2), 3: (3, 3)}


def optimise(host: _Target, module: Any, level: int) -> None:
    builder = host.pass_builder(level)
    passes = builder.getModulePassManager()
    try:
        passes.run(module, builder)
    finally:
        dispose(passes)


def dispose(passes: Any) -> None:
    """Frees a pass manager, a tenth of a megabyte: in llvmlite's class, the inherited method that does nothing hides the one that does."""
    from llvmlite.binding import ffi, newpassmanagers

    if type(passes)._dispose is ffi.ObjectRef._dispose and not passes.closed:
        newpassmanagers.NewPassManager._dispose(passes)
    passes.close()


def compile(region: Region, level: int = 2, dump: bool = False, checkpoint: Callable[[], None] | None = None) -> CompiledCode:
    """The region's machine code. `checkpoint`: this is the compile thread, which calls it between stages."""
    return load(translate(region, level, dump, checkpoint))


def translate(region: Region, level: int = 2, dump: bool = False, checkpoint: Callable[[], None] | None = None,
              moves: Callable[[Any], bool] | None = None, force_exits: int = 0) -> Image:
    """The region as an object file. `moves`, `force_exits`: see `lower`."""
    started = time.thread_time()
    lowered = lower(region, level == 0, checkpoint, moves, force_exits)
    image = Image(lowered.blob, lowered.consts, lowered.pool, lowered.functions, lowered.buf_size, region.inline_depth, lowered.guards,
                  lowered.exits)
    image.llvm_instructions = lowered.text.count("\n  ")
    image.seconds["lower"] = time.thread_time() - started
    assemble(image, lowered.text, level, dump, checkpoint)
    return image


def assemble(image: Image, text: str, level: int, dump: bool, checkpoint: Callable[[], None] | None = None) -> None:
    """Text to an object file; times go to `image.seconds`."""
    with _lock:
        host = target()
    llvm, seconds, clock = host.llvm, image.seconds, time.thread_time
    host.background = checkpoint is not None
    beside = host.beside
    host.lengthy = host.background and (level > 0 or text.count("\n") > MANY_LINES)
    t0 = clock()
    with _lock:
        module = llvm.parse_assembly(text, llvm.create_context())
    module.triple = host.triple
    t1 = clock()
    machine = host.machine(LEVELS[level][1])
    if checkpoint is not None:
        checkpoint()
    if level:
        with _lock:
            optimise(host, module, level)
    t2 = clock()
    if dump:
        image.texts = {"llvm": text, "optimised": str(module), "assembly": machine.emit_assembly(module)}
    t3 = clock()
    if checkpoint is not None:
        checkpoint()
    with _lock:
        image.file = machine.emit_object(module)
        image.code_bytes = sum(section.size() for section in llvm.ObjectFileRef.from_data(image.file).sections() if section.is_text())
    seconds.update(parse=t1 - t0, optimise=t2 - t1, emit=clock() - t3, beside=host.beside - beside)


def link(image: Image, pool: tuple[Any, ...]) -> Linked:
    """Into memory, by LLVM's linker."""
    with _lock:
        host = target()
        if host.linker is None:
            host.linker = Linker(host)
        return host.linker.link(image, pool)


__all__ = ["LEVELS", "CompiledCode", "Image", "compile", "link", "load", "translate"]
