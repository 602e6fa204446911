"""Sources of Keras models as people write them: functional models with branches and helpers, and own classes."""

from __future__ import annotations

RESIDUAL = """
from tensorflow.keras import layers, Model, Input

def residual_block(x, filters, stride=1):
    shortcut = x
    x = layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    x = layers.ReLU()(x)
    x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    if stride != 1 or shortcut.shape[-1] != filters:
        shortcut = layers.Conv2D(filters, 1, strides=stride, use_bias=False)(shortcut)
        shortcut = layers.BatchNormalization()(shortcut)
    x = layers.Add()([x, shortcut])
    return layers.Activation("relu")(x)

def build_resnet(input_shape=(16, 16, 3), num_classes=10):
    inputs = Input(shape=input_shape)
    x = layers.Conv2D(4, 3, padding="same", activation="relu")(inputs)
    for stage, (filters, blocks) in enumerate(zip([4, 8], [2, 1])):
        for block in range(blocks):
            x = residual_block(x, filters, stride=2 if stage > 0 and block == 0 else 1)
    x = layers.GlobalAveragePooling2D()(x)
    outputs = layers.Dense(num_classes, activation="softmax")(x)
    return Model(inputs, outputs, name="small_resnet")

m = build_resnet()
m.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
"""

INCEPTION = """
from keras.layers import Conv2D, MaxPooling2D, concatenate, Input, GlobalAveragePooling2D, Dropout, Dense
from keras.models import Model

class Inception:
    @staticmethod
    def conv_module(x, count, rows, columns, strides, axis, padding="same"):
        x = Conv2D(count, (rows, columns), strides=strides, padding=padding, activation="relu")(x)
        return x

    @staticmethod
    def inception_module(x, ones, threes, axis):
        first = Inception.conv_module(x, ones, 1, 1, (1, 1), axis)
        second = Inception.conv_module(x, threes, 3, 3, (1, 1), axis)
        pool = MaxPooling2D((3, 3), strides=(1, 1), padding="same")(x)
        return concatenate([first, second, pool], axis=axis)

    @staticmethod
    def build(width, height, depth, classes):
        shape, axis = (height, width, depth), -1
        inputs = Input(shape=shape)
        x = Inception.conv_module(inputs, 6, 3, 3, (2, 2), axis, padding="valid")
        x = Inception.inception_module(x, 2, 3, axis)
        x = Inception.inception_module(x, 4, 2, axis)
        x = GlobalAveragePooling2D()(x)
        x = Dropout(0.4)(x)
        x = Dense(classes, activation="softmax")(x)
        return Model(inputs, x, name="googlenet")

m = Inception.build(width=15, height=13, depth=3, classes=10)
"""

SUBCLASS = """
from tensorflow.keras.layers import Conv2D, Activation, BatchNormalization, MaxPooling2D, Flatten, Dense, Dropout
from tensorflow.keras import Model

class MiniVGG(Model):
    def __init__(self, classes, chanDim=-1):
        super(MiniVGG, self).__init__()
        self.conv1A = Conv2D(4, (3, 3), padding="same")
        self.act1A = Activation("relu")
        self.bn1A = BatchNormalization(axis=chanDim)
        self.conv1B = Conv2D(4, (3, 3), padding="same")
        self.act1B = Activation("relu")
        self.bn1B = BatchNormalization(axis=chanDim)
        self.pool1 = MaxPooling2D(pool_size=(2, 2))
        self.flatten = Flatten()
        self.dense3 = Dense(16)
        self.act3 = Activation("relu")
        self.bn3 = BatchNormalization()
        self.do3 = Dropout(0.5)
        self.dense4 = Dense(classes)
        self.softmax = Activation("softmax")

    def call(self, inputs):
        x = self.conv1A(inputs)
        x = self.act1A(x)
        x = self.bn1A(x)
        x = self.conv1B(x)
        x = self.act1B(x)
        x = self.bn1B(x)
        x = self.pool1(x)
        x = self.flatten(x)
        x = self.dense3(x)
        x = self.act3(x)
        x = self.bn3(x)
        x = self.do3(x)
        x = self.dense4(x)
        return self.softmax(x)

m = MiniVGG(10)
m.build((None, 12, 12, 1))
"""

UNITS = """
import keras
from functools import partial

DefaultConv = partial(keras.layers.Conv2D, kernel_size=3, strides=1, padding="SAME", use_bias=False)

class ResidualUnit(keras.layers.Layer):
    def __init__(self, filters, strides=1, activation="relu", **kwargs):
        super().__init__(**kwargs)
        self.activation = keras.activations.get(activation)
        self.main_layers = [
            DefaultConv(filters, strides=strides),
            keras.layers.BatchNormalization(),
            self.activation,
            DefaultConv(filters),
            keras.layers.BatchNormalization(),
        ]
        self.skip_layers = []
        if strides > 1:
            self.skip_layers = [DefaultConv(filters, kernel_size=1, strides=strides), keras.layers.BatchNormalization()]

    def call(self, inputs):
        Z = inputs
        for layer in self.main_layers:
            Z = layer(Z)
        skip_Z = inputs
        for layer in self.skip_layers:
            skip_Z = layer(skip_Z)
        return self.activation(Z + skip_Z)

m = keras.models.Sequential()
m.add(keras.layers.Input((17, 17, 3)))
m.add(DefaultConv(4, kernel_size=5, strides=2))
m.add(keras.layers.BatchNormalization())
m.add(keras.layers.Activation("relu"))
m.add(keras.layers.MaxPool2D(pool_size=3, strides=2, padding="same"))
prev_filters = 4
for filters in [4] * 2 + [8]:
    strides = 1 if filters == prev_filters else 2
    m.add(ResidualUnit(filters, strides=strides))
    prev_filters = filters
m.add(keras.layers.GlobalAvgPool2D())
m.add(keras.layers.Flatten())
m.add(keras.layers.Dense(10, activation="softmax"))
"""

EXCITED = """
import keras
from keras import layers, ops

class SEBlock(layers.Layer):
    def __init__(self, filters, reduction=4, **kwargs):
        super().__init__(**kwargs)
        self.pool = layers.GlobalAveragePooling2D()
        self.dense1 = layers.Dense(filters // reduction, activation="relu")
        self.dense2 = layers.Dense(filters, activation="sigmoid")
        self.shape = layers.Reshape((1, 1, -1))

    def call(self, inputs):
        gate = self.dense2(self.dense1(self.pool(inputs)))
        return layers.multiply([inputs, self.shape(gate)])

class Net(keras.Model):
    def __init__(self, filters=8):
        super().__init__(name="net")
        self.blocks = [(layers.Conv2D(filters, 3, padding="same"), SEBlock(filters)) for _ in range(2)]
        self.steps = []
        for conv, gate in self.blocks:
            self.steps += [conv, gate]
        self.drop = layers.Dropout(0.3)
        self.head = layers.Dense(10)

    def call(self, x, training=False):
        for conv, gate in self.blocks:
            x = ops.relu(gate(conv(x)))
        x = ops.mean(x, axis=(1, 2))
        if training:
            x = self.drop(x)
        return self.head(x)

m = Net()
m.build((None, 9, 10, 3))
"""

NESTED = """
import keras
from keras import layers

augmentation = keras.Sequential([layers.RandomFlip("horizontal"), layers.RandomRotation(0.1)])

def make_model(input_shape, num_classes):
    inputs = keras.Input(shape=input_shape)
    x = augmentation(inputs)
    x = layers.Rescaling(1.0 / 255)(x)
    x = layers.Conv2D(4, 3, strides=2, padding="same")(x)
    x = layers.BatchNormalization()(x)
    x = layers.Activation("relu")(x)
    previous_block_activation = x
    for size in [4, 6]:
        x = layers.Activation("relu")(x)
        x = layers.Conv2D(size, 3, padding="same")(x)
        x = layers.BatchNormalization()(x)
        x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
        residual = layers.Conv2D(size, 1, strides=2, padding="same")(previous_block_activation)
        x = layers.add([x, residual])
        previous_block_activation = x
    x = layers.GlobalAveragePooling2D()(x)
    if num_classes == 2:
        units = 1
    else:
        units = num_classes
    x = layers.Dropout(0.25)(x)
    outputs = layers.Dense(units, activation=None)(x)
    return keras.Model(inputs, outputs)

size = (24, 20)
m = make_model(input_shape=size + (3,), num_classes=10)
"""

PARTS = """
import keras
from keras import layers

body_in = layers.Input((11, 11, 2), name="pixels")
body_out = layers.Conv2D(3, 3, activation="elu", name="look")(body_in)
body_out = layers.LeakyReLU(0.1)(layers.Conv2D(4, (2, 1))(body_out))
body = keras.Model(inputs=body_in, outputs=body_out, name="body")
head = keras.Sequential(name="head")
head.add(layers.Flatten())
head.add(layers.Dense(7, activation="tanh"))
head.add(layers.Dense(10))
images = keras.Input(shape=(11, 11, 2))
m = keras.Model(images, head(body(images)))
"""

AUTOENCODER = """
from keras.models import Model
from keras.layers import Input, Dense

image = Input(shape=(784,))
encoded = Dense(32, activation="relu")(image)
decoded = Dense(10, activation="sigmoid")(encoded)
encoder = Model(image, encoded)
m = Model(image, decoded)
"""

SIDES = """
import keras
from keras.layers import *
from keras import backend as K

axis = 1 if K.image_data_format() == "channels_first" else -1
act = ReLU()
a = Input((10, 12, 3))
b = act(Conv2D(4, (3, 3), padding="same", name="left")(a))
c = act(BatchNormalization(axis=axis)(Conv2D(4, (1, 3), padding="same", name="right")(a)))
d = Concatenate(axis=axis)([b, c, a])
e = Multiply()([b, c]) + b
f = Flatten()(Conv2D(2, 3)(d))
g = GlobalMaxPooling2D()(e)
h = concatenate([Dense(5)(f), g])
m = keras.models.Model(inputs=[a], outputs=[Dense(10)(Dropout(0.2)(h))])
"""

LAMBDAS = """
import keras
from keras import layers

double = lambda x, n: layers.Conv2D(n, 3, padding="same", activation="relu")(x)
block = lambda x, n: layers.MaxPooling2D()(double(double(x, n), n))
inputs = x = keras.Input((16, 16, 1), batch_size=None)
for n in (3, 5):
    x = block(x, n)
x = layers.Lambda(lambda t: keras.activations.softplus(t))(x)
outputs = layers.Dense(10)(layers.Flatten()(x))
m = keras.Model(inputs, outputs)
"""

INHERITED = """
import keras
from keras import layers

class ConvBlock(layers.Layer):
    def __init__(self, units, kernel=3, **kwargs):
        super().__init__(**kwargs)
        self.units, self.kernel = units, kernel

    def build(self, shape):
        self.conv = layers.Conv2D(self.units, self.kernel, padding="same")
        self.norm = layers.BatchNormalization()
        self.same = shape[-1] == self.units
        self.built = True

    def call(self, x, training=None):
        y = keras.ops.relu(self.norm(self.conv(x), training=training))
        return y + x if self.same else y

class Wide(ConvBlock):
    def __init__(self, units):
        super().__init__(units, kernel=5)

class Classifier(keras.Model):
    def __init__(self):
        super().__init__()
        self.stem = Wide(4)
        self.rest = keras.Sequential([ConvBlock(4), ConvBlock(6, name="third"), layers.GlobalMaxPooling2D()])
        self.out = layers.Dense(10, name="logits")

    def call(self, images):
        return self.out(self.rest(self.stem(images)))

    def summary_of(self):
        x = keras.Input((8, 9, 2))
        return keras.Model(inputs=[x], outputs=self.call(x))

m = Classifier().summary_of()
"""

FIRST = """
import keras
from keras import layers

keras.config.set_image_data_format("channels_first")
i = layers.Input((3, 10, 12))
x = layers.Conv2D(4, 3, padding="same")(i)
y = layers.BatchNormalization(axis=1)(layers.Conv2D(4, 3, padding="same")(x))
x = layers.Concatenate(axis=1)([x, y])
x = layers.GlobalAveragePooling2D()(layers.MaxPooling2D()(x))
m = keras.Model(i, layers.Dense(10)(x))
"""

ENCODER_DECODER = """
from keras.models import *
from keras.layers import *
from keras.optimizers import *

def network(pretrained_weights=None, input_size=(16, 16, 1)):
    inputs = Input(input_size)
    conv1 = Conv2D(4, 3, activation="relu", padding="same", kernel_initializer="he_normal")(inputs)
    pool1 = MaxPooling2D(pool_size=(2, 2))(conv1)
    conv2 = SeparableConv2D(6, 3, activation="relu", padding="same")(pool1)
    drop2 = Dropout(0.5)(conv2)
    up3 = Conv2D(4, 2, activation="relu", padding="same")(UpSampling2D(size=(2, 2))(drop2))
    up4 = Conv2DTranspose(3, 4, strides=2, padding="same")(drop2)
    up5 = Conv2DTranspose(2, (3, 1), padding="same")(up4)
    merge3 = concatenate([conv1, up3, up4, up5], axis=3)
    conv3 = DepthwiseConv2D(3, strides=2)(merge3)
    top = Reshape((-1,))(GlobalAveragePooling2D(keepdims=True)(conv3))
    model = Model(inputs, Dense(10)(top))
    model.compile(optimizer=Adam(1e-4), loss="binary_crossentropy", metrics=["accuracy"])
    if pretrained_weights:
        model.load_weights(pretrained_weights)
    return model

m = network()
"""

SOURCES = {name.lower(): text for name, text in list(globals().items()) if name.isupper() and isinstance(text, str)}
"""For each source its name. The model is called ``m``."""
