"""Charts as shapes on a drawing of fixed size; the template `charts.html` draws them as SVG."""
