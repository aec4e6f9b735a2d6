"""Builds the C runtime and puts `jitney.pth` beside the package; everything else is in pyproject.toml."""

import glob
import os

from setuptools import Extension, setup
from setuptools.command.install_data import install_data


class InstallStartupHook(install_data):
    """Installs the data files, which are the .pth file alone, where the package goes: the wheel's root, editable wheels included."""

    def finalize_options(self):
        self.set_undefined_options("install", ("install_lib", "install_dir"), ("root", "root"), ("force", "force"))


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
            extra_compile_args=["-O2", "-std=c11", "-fvisibility=hidden", "-fno-strict-aliasing", *WARNINGS],
        )
    ],
    data_files=[("", ["packaging/jitney.pth"])],
    cmdclass={"install_data": InstallStartupHook},
)
