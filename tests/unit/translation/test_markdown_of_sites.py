"""Markdown as site generators extend it."""

import pytest

from tests.unit.translation.rewording import upper
from tests.unit.translation.test_markdown import reworded


@pytest.mark.parametrize(
    "source",
    [
        "> [!NOTE]\n> Text\n",
        "::: tip\nText\n:::\n",
        "Text\n: Text\n: Text\n",
        "[^1]: Text\n[^2]: Text\n[^3]: Text\n",
        "{% if x %}\nText\n{% endif %}\n",
        "+++\na = 1\n+++\nText\n",
        "Text {#anchor}\n===\n",
        "Text\n\n$$\nx\n$$\n",
        "Text:\n{% highlight ruby %}\n# a\n\n  puts 'b'\n```\n{% endhighlight %}\nText\n",
        "- Text\n  {%- raw -%}\n  a\n\n  b\n  {%- endraw -%}\n  Text\n",
        '{{< highlight go "linenos=table" >}}\nfunc main() {\n{{< /highlight >}}\n\nText\n',
        "{% raw %}\nText\n\nText\n",
        '!!! note "a"\n\n    Text\n    Text\n\n        code\n\n    - Text\n\n    Text\n',
        '??? tip\n    Text\n\n    !!! note\n        Text\n\n=== "a"\n\n\tText\n\nText\n',
        "!!! note\n\nText\n\n    code\n",
        "[^1]: Text\n\n    Text\n\n        code\n\n    > Text\n\nText\n\n    code\n",
    ],
)
def test_what_sites_add_to_markdown_stays(source: str) -> None:
    assert reworded(source, upper) == source.replace("Text", "TEXT")
