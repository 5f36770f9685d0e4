# SPDX-License-Identifier: BSD-3-Clause
"""How Sphinx builds the documentation: `make docs`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_sphinx"))

header = (HERE.parent / "include/picokernels/picokernels.h").read_text(encoding="utf-8")
project = "PicoNumpy"
release = version = ".".join(re.findall(r"VERSION_(?:MAJOR|MINOR|PATCH) (\d+)", header))

extensions = [
    "breathe",
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.graphviz",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_design",
    # Those of this project, in _sphinx.
    "benchmark_tables",
    "repository_links",
]
exclude_patterns = ["_sphinx"]

# ---- Markdown

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4

# ---- Python. The documentation strings are in NumPy's form. They describe the types in words.

autodoc_typehints = "none"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_param = False
napoleon_use_rtype = False
napoleon_use_ivar = True

# ---- C and C++

breathe_projects = {"picokernels": str(HERE.parent / "build/docs/doxygen/xml")}
breathe_default_project = "picokernels"
breathe_domain_by_extension = {"h": "c", "hpp": "cpp"}
breathe_show_include = False
# Two headers add to the namespace picokernels.
suppress_warnings = ["duplicate_declaration.cpp"]

# ---- links. Every one within the pages must have a target.

nitpicky = True
# Names of Python, C, and C++, which these pages do not describe.
nitpick_ignore_regex = [
    ("py:exc", r"[A-Z]\w*(Error|Exception)|Exception"),
    ("py:class", r"piconumpy\._interface\..*|optional|callable"),
    ("c:identifier", r"size_t|u?int\d+_t"),
    (
        "cpp:identifier",
        r"std|std::.*|T|First|Second|u?int\d+_t|size_t|[Pp][Kk]_\w+|detail.*|formula",
    ),
]
linkcheck_timeout = 20

# ---- the site

html_theme = "furo"
html_title = f"PicoNumpy {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_copyright = False
html_show_sourcelink = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#1a5fb4", "color-brand-content": "#1a5fb4"},
    "dark_css_variables": {"color-brand-primary": "#78aeed", "color-brand-content": "#78aeed"},
}
pygments_style = "friendly"
pygments_dark_style = "github-dark"
graphviz_output_format = "svg"
# Prompts are left out when an example is copied.
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
