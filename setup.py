"""Builds the C runtime and puts `jitney.pth` beside the package; everything else is in pyproject.toml."""

import glob
import os

from setuptools import Extension, setup
from setuptools.command.build_py import build_py


class BuildWithStartupHook(build_py):
    """Puts the .pth file where the package goes, in an editable wheel too (which leaves `build_lib` empty)."""

    def run(self):
        super().run()
        root = self.get_finalized_command("install").install_lib if self.editable_mode else self.build_lib
        self.mkpath(str(root))
        self.copy_file("packaging/jitney.pth", os.path.join(root, "jitney.pth"), preserve_mode=False)


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
    cmdclass={"build_py": BuildWithStartupHook},
)
