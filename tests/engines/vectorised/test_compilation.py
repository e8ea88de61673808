"""The two forms of the modules with compiled code."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from sim.engines.vectorised import jit


def name_of_the_form(file: Path) -> str:
    """Return how names end under which modules are compiled, as a copy of `jit` has it."""
    spec = spec_from_file_location("copy_of_jit", file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return str(module.COMPILED)


def test_machine_code_is_kept_apart_for_each_way_to_compile(tmp_path: Path) -> None:
    """Numba does not see that an option has changed: code under the same name would be the old."""
    source = Path(jit.__file__).read_text("utf-8")
    same, other = tmp_path / "same.py", tmp_path / "other.py"
    same.write_text(source, "utf-8")
    other.write_text(source.replace('"error_model": "numpy"', '"error_model": "python"'), "utf-8")

    assert name_of_the_form(same) == jit.COMPILED
    assert name_of_the_form(other) != jit.COMPILED


def test_a_form_that_is_not_compiled_is_the_source_as_it_is() -> None:
    """Its decorators return what they are given."""
    for decorator in jit.decorators("sim.engines.vectorised.eventloop"):
        assert decorator(name_of_the_form) is name_of_the_form
