"""Builds the C runtime; everything else is in pyproject.toml."""

import glob

from setuptools import Extension, setup

setup(
    ext_modules=[
        Extension(
            "jitney._runtime",
            sources=sorted(glob.glob("jitney/csrc/*.c")),
            depends=glob.glob("jitney/csrc/**/*.h", recursive=True),
            include_dirs=["jitney/csrc"],
            extra_compile_args=["-O2", "-std=c11", "-fvisibility=hidden", "-Wall", "-Wextra", "-Werror",
                                "-Wno-unused-parameter", "-Wno-missing-field-initializers", "-Wno-sign-compare", "-fno-strict-aliasing"],
        )
    ]
)
