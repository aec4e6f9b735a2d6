"""Builds the C runtime, compiles the compiler and puts `jitney.pth` beside the package; everything else is in pyproject.toml.

The compiler's own Python runs beside the program that it is to make faster, so it is itself compiled, by mypyc. JITNEY_PURE=1 leaves that
out: the same modules then run as they are, two to three times as slowly.
"""

import glob
import os
import sys
from concurrent.futures import ThreadPoolExecutor

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py

#: what is compiled by mypyc: what works on each region, but for what serves people (IR text and its checks) or mypyc cannot compile
PACKAGES = ("bytecode", "ir", "knowledge", "lower", "opt", "record", "region")
INTERPRETED = {"ir/execute", "ir/interpreter", "ir/parser", "ir/types", "knowledge/consumers", "lower/engine", "lower/layout", "opt/driver"}


def own_modules():
    """Extensions made of our own Python, if mypyc is there."""
    if os.environ.get("JITNEY_PURE") == "1":
        return []
    try:
        from mypyc.build import mypycify
    except ImportError:
        print("mypyc is not installed: the compiler's own code is not compiled, and slower", file=sys.stderr)
        return []
    files = [path for package in PACKAGES for path in sorted(glob.glob(f"jitney/{package}/*.py"))
             if not path.endswith("__init__.py") and path[len("jitney/"):-len(".py")] not in INTERPRETED]
    extensions = mypycify(["--config-file=", "--ignore-missing-imports", *files], opt_level="2", debug_level="0", multi_file=True,
                            group_name="jitney.native")
    for extension in extensions:
        extension.include_dirs.append("build/jitney")  # where mypyc writes the headers of a group inside a package
        extension.extra_compile_args = [argument for argument in extension.extra_compile_args if argument != "-Werror"]
        if len(extension.sources) > 1:  # not one of the modules that only name it
            extension.sources.append("jitney/csrc/native/memory.c")
            extension.depends += ["jitney/csrc/native/memory.h", "jitney/csrc/reserve.c"]
            extension.include_dirs.append("jitney/csrc")
            extension.extra_compile_args += ["-include", "jitney/csrc/native/memory.h"]
    return extensions


class BuildInParallel(build_ext):
    """Each file of an extension is compiled on its own, as many at once as there are processors."""

    def build_extensions(self):
        compiler = self.compiler

        def compile(sources, output_dir=None, macros=None, include_dirs=None, debug=0, extra_preargs=None, extra_postargs=None,
                    depends=None):
            prepared = compiler._setup_compile(output_dir, macros, include_dirs, sources, depends, extra_postargs)
            macros, objects, extra_postargs, preprocessor, build = prepared
            arguments = compiler._get_cc_args(preprocessor, debug, extra_preargs)

            def one(item):
                compiler._compile(item[0], *item[1], arguments, extra_postargs, preprocessor)

            with ThreadPoolExecutor(os.cpu_count()) as pool:
                list(pool.map(one, build.items()))
            return objects

        compiler.compile = compile
        super().build_extensions()


class BuildWithStartupHook(build_py):
    """Puts the .pth file where the package goes, in an editable wheel too (which leaves `build_lib` empty)."""

    def run(self):
        super().run()
        root = self.get_finalized_command("install").install_lib if self.editable_mode else self.build_lib
        self.mkpath(str(root))
        self.copy_file("packaging/jitney.pth", os.path.join(root, "jitney.pth"), preserve_mode=False)


#: a build for tests: what the C runtime relies on is looked at
MACROS = [("JITNEY_ASSERT", "1")] if os.environ.get("JITNEY_ASSERT") == "1" else []
WARNINGS = ["-Wall", "-Wextra", "-Wno-unused-parameter", "-Wno-missing-field-initializers", "-Wno-sign-compare"]
if os.environ.get("JITNEY_WERROR") == "1":  # for our own tests; a user's newer compiler may know more warnings
    WARNINGS.append("-Werror")

setup(
    ext_modules=[
        Extension(
            "jitney._runtime",
            sources=sorted(glob.glob("jitney/csrc/*.c")),
            depends=glob.glob("jitney/csrc/**/*.h", recursive=True),
            include_dirs=["jitney/csrc"],
            define_macros=MACROS,
            extra_compile_args=["-O2", "-std=c11", "-fvisibility=hidden", "-fno-strict-aliasing", *WARNINGS],
        ),
        *own_modules(),
    ],
    cmdclass={"build_py": BuildWithStartupHook, "build_ext": BuildInParallel},
)
