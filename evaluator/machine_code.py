"""Keeps the kernels as machine code: numba compiles them once, and later starts load what it made, without numba.

To start numba takes a third of a second and 130 MB, more than many a split; to load what it made, 30 ms and 45 MB.
The code is kept under a name that tells the processor and the kernels' source, so that no other is ever loaded.
"""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
from contextlib import suppress
from pathlib import Path

import llvmlite
import llvmlite.binding as llvm

SOURCE = Path(__file__).with_name("kernels")
FOLDER = "EVALUATOR_KERNELS_DIR"
BESIDE_THE_SOURCE = Path(__file__).with_name("__pycache__")
DIGEST = hashlib.sha256().digest_size
ENTRIES = ("unfilter", "count_labels", "count_levels")
MEMORY_FUNCTIONS = ("memset", "memcpy", "memmove")  # of the C library: all that the code may call


def load(*, even_compile: bool) -> llvm.ExecutionEngine:
    """Return the engine that holds the entries, compiled first where they are not kept and that is wished.

    ImportError, OSError or RuntimeError where that cannot be done here, or they are not kept.
    """
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    place = _place()
    code = _kept(place)
    if code is None and not even_compile:
        raise RuntimeError("`python -m evaluator warm-up` compiles them for this processor.")
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine())
    engine.add_object_file(llvm.ObjectFileRef.from_data(code or _compile_and_keep(place)))
    engine.finalize_object()
    return engine


def _kept(place: Path) -> bytes | None:
    """Return the code that is kept there, if any is, and whole: LLVM dies of damaged code."""
    if not place.is_file():
        return None
    kept = place.read_bytes()
    digest, code = kept[:DIGEST], kept[DIGEST:]
    return code if hashlib.sha256(code).digest() == digest else None


def _place() -> Path:
    """Where the code for this processor and these kernels is kept."""
    facts = [llvm.get_process_triple(), llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()]
    digest = hashlib.sha256("\0".join([*facts, llvmlite.__version__]).encode())
    for source in (Path(__file__), *sorted(SOURCE.glob("*.py"))):
        digest.update(source.read_bytes())
    return Path(os.environ.get(FOLDER, BESIDE_THE_SOURCE)) / f"kernels-{digest.hexdigest()[:16]}"


def _machine() -> llvm.TargetMachine:
    features = llvm.get_host_cpu_features().flatten()
    target = llvm.Target.from_triple(llvm.get_process_triple())
    return target.create_target_machine(cpu=llvm.get_host_cpu_name(), features=features, opt=3, reloc="pic")


def _compile_and_keep(place: Path) -> bytes:
    code, unfinished = _compile(), place.with_suffix(f".{secrets.token_hex(4)}")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_bytes(hashlib.sha256(code).digest() + code)
        unfinished.chmod(0o644)  # the evaluator may run as another user
        unfinished.replace(place)
    except OSError as error:
        logging.getLogger(__name__).warning("The kernels were compiled, and could not be kept: %s", error)
        with suppress(OSError):
            unfinished.unlink()
    return code


def _compile() -> bytes:
    """Let numba compile each entry, and leave of all that it made the machine code alone."""
    from numba.core.errors import NumbaError  # noqa: PLC0415 (numba is needed here only)

    try:
        from evaluator.kernels import entries  # noqa: PLC0415
    except NumbaError as error:
        raise RuntimeError(str(error).partition("\n")[0]) from error
    machine, whole = _machine(), llvm.parse_assembly("")
    for name in ENTRIES:
        entry = getattr(entries, name)
        module = llvm.parse_assembly(entry.inspect_llvm())
        _hide_all_but(module, entry.native_name, name)
        whole.link_in(module)
    builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=3))
    builder.getModulePassManager().run(whole, builder)
    _require_alone(whole)
    return bytes(machine.emit_object(whole))


def _hide_all_but(module: llvm.ModuleRef, native_name: str, name: str) -> None:
    """Give an entry its own name, and let go of numba's ways to tell Python of errors, of which there are none."""
    for symbol in (*module.functions, *module.global_variables):
        if symbol.name == native_name:
            symbol.name = name
        elif not symbol.is_declaration:
            symbol.linkage = "internal"


def _require_alone(module: llvm.ModuleRef) -> None:
    """RuntimeError where the code needs something of numba or Python: it could raise or allocate."""
    symbols = *module.functions, *module.global_variables
    outside = [symbol.name for symbol in symbols if symbol.is_declaration]
    needed = [name for name in outside if not name.startswith("llvm.") and name not in MEMORY_FUNCTIONS]
    if needed:
        raise RuntimeError(f"the kernels need {', '.join(needed)}")
