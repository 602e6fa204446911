"""The terms of the glossary and their explanations."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from cnnviz.gui.translation import QT_TRANSLATE_NOOP

if TYPE_CHECKING:
    from collections.abc import Mapping

_EXPLANATIONS = (
    ("accuracy", "The share of images whose highest score is that of the right class. It says nothing of how sure the"
     " network is."),
    ("adversarial image", "An image with a small change that was computed so that the network says another class."
     " People see no difference that matters. It shows what the network relies on."),
    ("attribution", "A number for each pixel: how much it moved the score of a class. WHY shows it as colours, which"
     " others call a saliency map. It tells which pixels mattered for this image, not why."),
    ("batch", "The images that are learned from in one step. Their mean loss decides how the weights change."),
    ("calibration", "Whether the network is right as often as it is sure: of the answers given with 90 % about 90 %"
     " should be right. The calibration error is the mean distance between the two; 0 is best."),
    ("colours", "Of maps and kernels. Values with both signs: blue is negative, orange positive, and the colour of the"
     " ground is 0. Values that cannot be negative run from the ground through purple and orange. The legend"
     " names the limits; what lies outside has the last colour."),
    ("confusion matrix", "Counts the images of each true class (row) by the class that the network says (column). Right"
     " answers stand on the diagonal, and every other cell counts one kind of mistake."),
    ("epoch", "One pass through all training images, in another order each time. A validation follows it."),
    ("feature visualization", "An image that excites a map, a value or a class as much as possible. It is made from"
     " noise: each step changes the pixels along the gradient of the value, and keeps the image smooth and near the"
     " mean image. It shows what drives the value up, not what images of the data look like."),
    ("FGSM", "Fast gradient sign method: each pixel is moved by the whole size, up or down, as the gradient says. It is"
     " the quickest way to an adversarial image, and a weak one."),
    ("filter", "A stack of kernels, one for each map that the layer reads. Sliding over all of them it makes one map."),
    ("Grad-CAM", "An attribution from the maps of one layer: each map is weighted by how much it raises the score of"
     " the class, and the sum is drawn over the image. It is as coarse as the maps."),
    ("gradient", "How much the loss, or the score of a class, changes with a number: its derivative. Training moves"
     " each weight against its gradient."),
    ("header colours", "The line at the top of a layer on the canvas tells its family: blue convolution and"
     " attention, violet activation and normalization, orange pooling, green dense layers, grey the others."),
    ("images/s", "How many training images are learned from in a second: the mean of the last three seconds,"
     " evaluations not counted."),
    ("integrated gradients", "An attribution: the gradients of the score are averaged on the way from a black image to"
     " this one and multiplied by the pixels. The values add up to the difference between the two scores."),
    ("kernel", "The numbers by which the window over one map is multiplied. A filter has one for each map it reads."),
    ("kind", "What a layer does, by the name in the list of layers: Conv2d, ReLU, MaxPool2d and so on."),
    ("layer", "One step of the network. It reads maps or numbers and makes others of them."),
    ("learning rate", "How far the weights move in one step. Too high and the loss grows, too low and little is"
     " learned."),
    ("left", "The time until the last epoch is done and the test images are looked at, validations counted."),
    ("logit", "The score of a class before softmax. Only differences between the scores matter."),
    ("looking costs", "The share of the processor's time that making, drawing and painting the views takes; with a"
     " GPU, of the time of one core. A training without a window is faster by about that much."),
    ("loss", "What training makes small: the cross-entropy of the softmax and the right class. Guessing among ten"
     " classes has a loss of 2.3."),
    ("MACs", "Multiply-accumulate operations for one image: each is one product that is added to a sum. Most of a"
     " training's time is spent on them."),
    ("map", "What one filter makes: a picture of where in the image its pattern was found. Later layers read maps, not"
     " the image."),
    ("memory", "What the outputs of a layer for one batch take in float32. While training their gradients take as much"
     " again."),
    ("moment", "The network as it was after one step, recorded while training. The time line shows each as a sign: from"
     " a diamond training can go on exactly, a dot has the weights only."),
    ("number format", "How the numbers of training are stored. bfloat16 has the range of float32 and fewer digits;"
     " where the processor has instructions for it, it is faster. auto times both before the first"
     " step. Looking is always in float32."),
    ("occlusion", "An attribution: a black square covers one part of the image after the other, and the colour tells by"
     " how much the score of the class falls."),
    ("parameters", "The numbers that are learned: weights and biases, scales and shifts of normalizations."),
    ("past", "While a recorded moment is shown, kernels, maps and answers are those of its step. Training does not"
     " change; Now goes back to the present."),
    ("PGD", "Projected gradient descent: many small steps along the gradient, each brought back to the allowed size. It"
     " finds an adversarial image at smaller sizes than a single step does."),
    ("precision", "Of a class: the share of the images called by its name that belong to it. It is low where other"
     " classes are often taken for this one."),
    ("principal components", "The directions along which the outputs of a layer differ most between images. Points"
     " draws each image along the first two, so that images with similar outputs lie near each other. What differs only"
     " in other directions is not seen; the share of the variance tells how much that is."),
    ("problems", "What keeps the network from being trained, and what is probably not meant, most with a remedy."),
    ("rank correlation", "How alike two pictures order their pixels from weak to strong: 1 is the same order, 0 is no"
     " relation. “Check the picture” compares an explanation with those of random weights in this way."),
    ("recall", "Of a class: the share of its images that the network recognizes."),
    ("robustness", "How much of its accuracy a network keeps when images are changed on purpose, by changes of at most"
     " a given size."),
    ("run", "One training from its start, with its curves, its recorded moments and its result. Runs lists all of them."
     " Start over begins a new one, Resume goes on with the present one."),
    ("scale", "The range of values that the colours span: usually 99.7 % of the values of a layer, so that a few large"
     " ones do not make all others dark. Values outside have the last colour, and the legend counts them. While"
     " training the range widens at once and never narrows, so that the colours of two moments compare."),
    ("sees", "The region of the image that one output value of a layer depends on, in pixels: its receptive field."
     " Point at a value to frame it in the sample and in every layer between; point at a pixel of the sample to frame"
     " all values that it reaches."),
    ("shape", "Channels × height × width of what comes out of a layer; a single number after Flatten and Dense."),
    ("size of a change", "L∞ is the largest change of any pixel, L2 the length of the whole change: the root of the sum"
     " of the squares of all pixels. Both are in the units of pixels, 0 to 255."),
    ("softmax", "Turns the logits into shares that add up to 100 %. It must choose one of the classes, whatever the"
     " image shows."),
    ("spread", "How large the values of a layer are: a bar is as high as there are values in its part of the range. The"
     " number on top is that of the highest bar. Values that are 0 have no bar; their share is told above."),
    ("step", "One update of the weights, after one batch."),
    ("stopped early", "The run was ended before its last epoch and the test images were looked at. Resume goes on from"
     " there."),
    ("suspicious label", "A label that nearly every epoch's network denies. Either the label is wrong, or the image is"
     " so hard that no network gets it: look at it, and decide."),
    ("t-SNE", "A map of points in which neighbours of a layer's outputs stay neighbours. Groups tell which images the"
     " layer takes for similar. The distance between two groups, and how wide a group is, mean nothing."),
    ("test", "Images that are looked at once, when a run ends, to tell how good the network is on new ones."),
    ("time", "Of a layer: forward and backward for one batch, measured on this machine, each layer alone."),
    ("training", "Beside a loss or an accuracy: measured while learning, on the images that are learned from, before"
     " each step."),
    ("validation", "Beside a loss or an accuracy: measured after each epoch on images that are not learned from,"
     " with dropout and augmentation off."),
    ("zeros", "The share of a layer's outputs that are 0 for the sample. After ReLU about half is usual; nearly all"
     " means that little gets through."),
)  # fmt: skip

TERMS: Mapping[str, str] = MappingProxyType({word: QT_TRANSLATE_NOOP("terms", text) for word, text in _EXPLANATIONS})
"""The explanation of each term, in alphabetical order."""
