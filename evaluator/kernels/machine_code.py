"""Cache of the kernels as machine code: numba compiles them once, and later starts load the result without numba.

Starting numba takes a third of a second and 130 MB; loading the cached code takes 30 ms and 45 MB. The file name
is a hash of the processor and of the kernels' source, so outdated or foreign code is never loaded.
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

SOURCE = Path(__file__).parent
FOLDER = "EVALUATOR_KERNELS_DIR"
DEFAULT_FOLDER = SOURCE.with_name("__pycache__")
DIGEST = hashlib.sha256().digest_size
ENTRIES = ("unfilter", "count_labels", "count_levels")
MEMORY_FUNCTIONS = ("memset", "memcpy", "memmove")  # of the C library: the only ones that the code may call


def load(*, even_compile: bool) -> llvm.ExecutionEngine:
    """Return an engine that holds the entries; `even_compile` compiles them first where they are not cached.

    Raises ImportError, OSError or RuntimeError where that fails or they are not cached.
    """
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    path = _cache_path()
    code = _cached(path)
    if code is None and not even_compile:
        raise RuntimeError("`python -m evaluator warm-up` compiles them for this processor.")
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine())
    engine.add_object_file(llvm.ObjectFileRef.from_data(code or _compile_and_cache(path)))
    engine.finalize_object()
    return engine


def _cached(path: Path) -> bytes | None:
    """Return the cached code; None where there is none, or it is damaged, of which LLVM would crash."""
    if not path.is_file():
        return None
    cached = path.read_bytes()
    digest, code = cached[:DIGEST], cached[DIGEST:]
    return code if hashlib.sha256(code).digest() == digest else None


def _cache_path() -> Path:
    """Return the path of the code for this processor and these kernels."""
    facts = [llvm.get_process_triple(), llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()]
    digest = hashlib.sha256("\0".join([*facts, llvmlite.__version__]).encode())
    for source in sorted(SOURCE.glob("*.py")):
        digest.update(source.read_bytes())
    return Path(os.environ.get(FOLDER, DEFAULT_FOLDER)) / f"kernels-{digest.hexdigest()[:16]}"


def _machine() -> llvm.TargetMachine:
    features = llvm.get_host_cpu_features().flatten()
    target = llvm.Target.from_triple(llvm.get_process_triple())
    return target.create_target_machine(cpu=llvm.get_host_cpu_name(), features=features, opt=3, reloc="pic")


def _compile_and_cache(path: Path) -> bytes:
    code, unfinished = _compile(), path.with_suffix(f".{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_bytes(hashlib.sha256(code).digest() + code)
        unfinished.chmod(0o644)  # the evaluator may run as another user
        unfinished.replace(path)
    except OSError as error:
        logging.getLogger(__name__).warning("The kernels were compiled, but could not be cached: %s", error)
        with suppress(OSError):
            unfinished.unlink()
    return code


def _compile() -> bytes:
    """Let numba compile each entry, and return the machine code alone."""
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
    """Give an entry its plain name, and hide numba's error reporting to Python, which the kernels never use."""
    for symbol in (*module.functions, *module.global_variables):
        if symbol.name == native_name:
            symbol.name = name
        elif not symbol.is_declaration:
            symbol.linkage = "internal"


def _require_alone(module: llvm.ModuleRef) -> None:
    """Raises RuntimeError where the code calls numba or Python, since it could then raise or allocate."""
    symbols = *module.functions, *module.global_variables
    outside = [symbol.name for symbol in symbols if symbol.is_declaration]
    needed = [name for name in outside if not name.startswith("llvm.") and name not in MEMORY_FUNCTIONS]
    if needed:
        raise RuntimeError(f"the kernels need {', '.join(needed)}")
