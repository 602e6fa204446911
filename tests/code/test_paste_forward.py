"""What ``forward`` of a PyTorch class may say: what is read of it has the outputs of what torch executes."""

from __future__ import annotations

import pytest
from execute_kit import HEAD, body, compared
from paste_kit import refusal

pytestmark = pytest.mark.usefixtures("one_torch_thread")


@pytest.mark.parametrize(
    "forward",
    [
        "y = x\nx = self.conv(x)\nx += y",
        "x = self.conv(x)\ny = x\nx += y\nx = x * y",
        "x = self.conv(x)\ny = F.relu_(x)\nx = x * y",
        "x = self.conv(x)\ny = F.relu(x, inplace=True)\nx = torch.cat([x, y], 1)",
        "x = self.conv(x)\ny = x.clone()\nx.mul_(x)\nx = x + y",
        "x = self.conv(x)\ny = x.view(x.size(0), -1)\ny = y.relu_()\nx = x.flatten(1) + y",
        "x = self.conv(x)\nb, c, h, w = x.size()\nx = x.view(b, c * h * w)",
        "x = self.conv(x)\nx = x.reshape(x.shape[0], 2, -1).mean(2)",
        "x = self.conv(x).unsqueeze(-1).squeeze(-1)",
        "x = self.conv(x)\nweight = x.mean((2, 3), keepdim=True).sigmoid()\nx = x * weight.expand_as(x)",
        "x = self.conv(x)\nweight = F.adaptive_avg_pool2d(x, 1).view(-1, 2)\nx = x * weight[:, :, None, None]",
        "x = F.pad(self.conv(x), (1, 0, 2, 1))",
        "x = F.interpolate(self.conv(x), scale_factor=2, mode='nearest')",
        "x = F.interpolate(self.conv(x), size=(16, 16))",
        "x = F.avg_pool2d(self.conv(x), x.size()[2:])",
        "x = F.max_pool2d(self.conv(x), 3, 2, 1, 1, True)",
        "x = F.avg_pool2d(self.conv(x), 3, 2, 0, True)",
        "x = torch.add(self.conv(x), x)",
        "x = sum([self.conv(x), x, x])",
        "outputs = [x, self.conv(x)]\nfor _ in range(3):\n    outputs.append(F.gelu(outputs[-1]))\n"
        "x = torch.cat(outputs[1:], dim=1)",
        "a, *rest = [self.conv(x), x]\nx = a + rest[0]",
        "x = (lambda y, f=F.elu: f(y))(self.conv(x))",
        "def inner(y, times=2):\n    for _ in range(times):\n        y = torch.tanh(y)\n    return y\n"
        "x = inner(self.conv(x), times=3)",
        "x = {'a': F.silu, 'b': torch.relu}['b'](self.conv(x))",
        "x = F.dropout(F.softplus(self.conv(x)), p=0.5, training=self.training)",
        "x = self.conv(x) if isinstance(self.conv, nn.Conv2d) and hasattr(self, 'fc') else x",
        "assert x.dim() == 4, f'{x.shape}'\nx = self.conv(x) + 0",
        "try:\n    x = self.conv(x)\nexcept RuntimeError:\n    raise ValueError(x)",
        "with torch.no_grad():\n    x = self.conv(x)",
        "x = F.relu6(self.conv(x) + 3, inplace=True) / 6",
        "x = self.conv(x)\nx = x * F.relu6(x + 3.0) / 6.0",
        "x = self.conv(x)\nx = F.relu6(3 + x) * x * (1 / 6)",
        "x = self.conv(x)\nx = x * (nn.ReLU6()(x + 3) / 6)",
    ],
    ids=range(33),
)
def test_what_forward_may_say(forward: str) -> None:
    compared(body(forward))


CHANNELS = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 3)
        self.fc = nn.Linear(8, 10)

    def forward(self, x):
        x = self.conv(x)
        {lines}
        return self.fc(x.mean([2, 3]))


model = Net()
"""


@pytest.mark.parametrize(
    "lines",
    [
        "a, b = x.chunk(2, dim=1); x = torch.cat([b, a], 1)",
        "a, b = torch.chunk(x, 2, 1); x = torch.cat([b, F.relu(a)], 1)",
        "a, b, c = torch.split(x, 3, dim=1); x = torch.cat([c, a, b], dim=1)",
        "a, b = x.split([4, 4], 1); x = torch.cat([b, a], 1)",
        "x = torch.cat([x[:, 6:], x[:, :4], x[:, 4:6]], 1)",
        "n, c, h, w = x.shape; x = x.view(n, 4, c // 4, h, w).transpose(1, 2).contiguous().view(n, c, h, w)",
        "x = F.channel_shuffle(x, 2)",
        "x = F.mish(F.selu(F.relu6(F.hardsigmoid(x))))",
    ],
)
def test_parts_and_shuffles_of_channels(lines: str) -> None:
    compared(HEAD + CHANNELS.format(lines=lines))


@pytest.mark.parametrize("lines", ["x = x[:, 1:4]", "a, b = x.split([3, 5], 1)", "x = x[:, ::2]"])
def test_unequal_parts_of_channels_have_no_counterpart(lines: str) -> None:
    assert "has no counterpart" in refusal(HEAD + CHANNELS.format(lines=lines))


@pytest.mark.parametrize(
    "forward",
    [
        "x = self.conv(x) + 3",
        "x = F.relu6(self.conv(x) + 3)",
        "x = self.conv(x)\nx += 3",
        "x = F.relu(self.conv(x) + 3) / 6",
        "y = self.conv(x)\nx = x * F.relu6(y + 3) / 6",
        "x = 6 / F.relu6(self.conv(x) + 3)",
    ],
)
def test_what_is_no_hard_swish_has_no_counterpart(forward: str) -> None:
    assert "has no counterpart" in refusal(body(forward))
