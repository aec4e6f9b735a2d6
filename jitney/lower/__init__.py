"""Regions to machine code.

    ir.Region ──module.lower──▶ LLVM text, exit blob, constants ──engine──▶ Image ──image.load──▶ CompiledCode
"""
