"""The plain network and pixel embedding of Table 1, written in PyTorch alone."""

from functools import partial

import torch
from torch import nn

LIMIT = 1000


class Tokens(nn.Module):
    """Standardises by given statistics, scales, truncates, clips and looks up."""

    def __init__(self, mean, deviation, width=64):
        super().__init__()
        self.mean, self.deviation = mean, deviation
        self.table = nn.Embedding(2 * LIMIT + 1, width)

    def forward(self, grey):
        z = (grey[:, 0] - self.mean) / self.deviation
        tokens = (LIMIT * z).clamp(-LIMIT, LIMIT).int() + LIMIT
        return self.table(tokens).movedim(-1, 1)


def network(first, channels):
    return nn.Sequential(
        first,
        nn.Conv2d(channels, 64, 3, padding="same"),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(64, 64, 3, padding="same"),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(64 * 7 * 7, 10),
    )


def both(images):
    grey = images.images
    torch.set_num_threads(1)
    torch.manual_seed(0)
    tokens = Tokens(float(grey.mean()), float(grey.std()))
    return {
        "plain, PyTorch": network(nn.Identity(), 1),
        "unfolded, PyTorch": network(tokens, 64),
    }


def batches(images, size):
    grey = torch.from_numpy(images.images).float()[:, None]
    truth = torch.from_numpy(images.labels.astype("int64"))
    return [*zip(grey.split(size), truth.split(size), strict=True)]


def answering(images, size):
    """Functions that answer all images, by name."""
    given = batches(images, size)

    @torch.inference_mode()
    def answer(model):
        return [model(grey) for grey, _ in given]

    return {name: partial(answer, model) for name, model in both(images).items()}


def learning(images, size):
    """Functions that train on all images once, by name."""
    given, loss = batches(images, size), nn.CrossEntropyLoss()

    def learn(model, optimiser):
        for grey, truth in given:
            optimiser.zero_grad()
            loss(model(grey), truth).backward()
            optimiser.step()

    return {
        name: partial(learn, model, torch.optim.Adam(model.parameters()))
        for name, model in both(images).items()
    }
