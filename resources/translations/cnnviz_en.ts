<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" sourcelanguage="en">
<context>
    <name>AboutDialog</name>
    <message>
        <source>About cnnviz</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Build a convolutional network, train it, and look inside while it learns.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy versions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Licences</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>AddButton</name>
    <message>
        <source>A file: npz, CSV, Parquet, IDX …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A folder of pictures or files …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add a file of images</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add a folder of images</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add a folder or file …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All files</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Images</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>They can also be dropped on the window</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>AnswerPart</name>
    <message>
        <source>It must choose one of ten.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It must choose one of {0}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The answer of “{run}”, not of the network drawn.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The maps are those of an empty sheet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>label {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no answer yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no answer: NaN</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>nothing drawn: no answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>predicts {name} ({share})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>row {row}, column {column}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>softmax</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>softmax · logit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the network sees {values}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>│ original: {name} ({share})</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>AnswersPage</name>
    <message>
        <source>Image for A</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Image for B</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Application</name>
    <message>
        <source>Nothing will be remembered, because this user has no home folder.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing will be remembered, because “%s” cannot be written to.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Settings, recent files and copies of unsaved work are lost when cnnviz ends.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Archives</name>
    <message>
        <source>All files</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export a run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export runs into a folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import runs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recorded run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recorded runs</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>BackAndForth</name>
    <message>
        <source>Back to the place before (Alt+Left, or the back button of the mouse). Esc goes one level up.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>On to the place after (Alt+Right, or the forward button of the mouse). Esc goes one level up.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>BatchCount</name>
    <message>
        <source>A whole number from 1 to {most}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Number of batches</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Train</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>batches</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>BeforeChange</name>
    <message>
        <source>before the change</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>BestCurve</name>
    <message>
        <source>Best so far</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The best so far over the trials</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>trial {number}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CalibrationView</name>
    <message>
        <source>Calibration: how often the network is right, by how sure it is</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lines: share right. Red: distance to how sure it was. Grey: images, on a log scale.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>how sure it is</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{low} to {high} % sure</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{span}: no images</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Canvas</name>
    <message>
        <source>Connect</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connect {0} to {1}: arrows or letters choose, Enter connects, Esc leaves.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Disconnect</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Double-click: how this value is computed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drag a layer here, or press / and type its name.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Frozen: training leaves its weights as they are.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Insert {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It has no weights.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It keeps its weights if training goes on with the change.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It or its input has changed since the start of the training.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its weights start new if training goes on with the change.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layers in it are frozen: training leaves their weights as they are.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layers in it have changed since the start of the training.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>MACs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Network</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Weights of layers in it start new if training goes on with the change.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your changes are not in “%s”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>all: {amount}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>map {number} of {node}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>map {number} of {node}, pinned</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>memory</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>parameters</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>sees</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>then it can be trained</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>time</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>top {0} of {1}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>value {number} of {node}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>value {number} of {node}: map {channel}, row {row}, column {column} of its input</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} feeds {1}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} of {1}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Card</name>
    <message>
        <source>{accuracy}, {epochs}, {time} here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{input} · {parameters} parameters</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{macs} MACs · {memory} in batches of {batch}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{time} an epoch here</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Choices</name>
    <message>
        <source>Lowest</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Map or value</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next map or value</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Patches</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Previous map or value</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show only the part of each image that the value sees, enlarged</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Strongest</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The images whose largest value is smallest</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The images with the largest values</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The images with the lowest, most negative values</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Weakest</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which images are shown</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ClassBars</name>
    <message>
        <source>Softmax and logit of each class</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>before</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ClassHeading</name>
    <message>
        <source>The mean of the training and validation images, how many images each split has, and some images</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>mean</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>training · validation · test images</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ClassList</name>
    <message>
        <source>Classes, with mean image, counts and samples</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ClassPlot</name>
    <message>
        <source>Loss and accuracy by class over the epochs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>all</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>epoch {number}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: loss {value} after epoch {epoch}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: {value} % right after epoch {epoch}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ClimbPart</name>
    <message>
        <source>Climb the mean of the whole map</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Climb the value in the middle of the map</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make another</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Map</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The image that was made</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The image that would excite it most</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Value</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is climbed</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ClosingDialog</name>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close without it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close without saving</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close without them</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close “%s”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It was left for the present run; to keep it, cancel and go back to it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep it …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Kept in a folder, it goes on at another time, bit for bit: File &gt; Open a kept training.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save and keep …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the changes to “%s” before closing?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the project only</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The changes to “%s” are not saved, and its training has not been kept.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The changes to “%s” are not saved, and “{run}”, which you left for “{other}”, has not been kept.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The training is paused and written to “%s” …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The training of “%s” has not been kept.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>To keep it, cancel and go back to it: Train &gt; Back to the run before.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What was trained is kept in Runs.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{run}”, trained to step {step}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{run}”, which you left for “{other}”, has not been kept.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CodePanel</name>
    <message>
        <source>Code</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Code appears here when there are layers on the canvas.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Code of the network</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Code of {framework}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Left out, as they are on no path from the Input to the Output: {names}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Put the whole code on the clipboard</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Python source</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the code</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show it as PyTorch</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Source code in {framework}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The code could not be saved as “{path}”: {reason}. Another folder may do.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The code is saved as “{path}”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The {framework} code is on the clipboard.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no code yet. It appears here when this is mended:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write the code to a file</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ColourBar</name>
    <message>
        <source>Colour scale from {low} to {high}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CommandPalette</name>
    <message>
        <source>Add {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Command palette</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Damage the sample</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go to {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Matching commands</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name of a command or layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recipe</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What do you want to do? Type a few letters</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Commands</name>
    <message>
        <source>Add {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Align</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Arrange</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cut {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete and reconnect {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Disconnect</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Distribute</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Duplicate {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Freeze {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only layers with weights or running statistics can be frozen, such as Conv2d or Dense.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Paste</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rename {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Select three layers or more to distribute them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The clipboard holds no layers and no code: copy some first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The layers on the clipboard cannot be read. {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unfreeze {0}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ComparePanel</name>
    <message>
        <source>Answers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Curves</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Exchange A and B</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Kernels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Loss and accuracy of both runs on one pair of axes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Maps</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mistakes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Results</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The layer at which two samples become different</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The maps of a layer on one scale, or their difference</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The validation images that one gets wrong, or both</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The weights of a layer on one scale, or their difference</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Two samples</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What both say of the sample</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What differs in the projects, and results and costs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What to compare</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no answer: NaN</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>predicts {answer} ({share})</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CompareRow</name>
    <message>
        <source>Forget</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Forget the weights that are kept</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep the weights of the step on screen. Kernels and Maps can then show the change since that step.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep the weights of this step</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Since step {step}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Since the start</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The weights of step 0 are not in memory: this run was opened, or began at a later step.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The weights of step {step} are kept, for “Since step {step}” in Kernels and Maps: {size}. Forget them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The weights of the start are kept: {size}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Values of now, or their change since another moment</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Comparison</name>
    <message>
        <source>In the network of step {step} this layer is not connected to Input and Output.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The network of step {step} does not have this layer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no change to be shown: this layer, or one before it, was another one at that time.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is nothing to show of it until the changed network is trained.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ConfusionMatrix</name>
    <message>
        <source>All images of class {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Confusion matrix: rows are labels, columns what the network says</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>label ↓</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>precision</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>recall</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>says →</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>says → · {count} of {of} classes</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ContextMenu</name>
    <message>
        <source>Pin map {number}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Select a layer whose maps are shown: they are pinned from here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unpin map {number}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Controls</name>
    <message>
        <source>Backward</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Direction</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Forward</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How the loss depends on it (B)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How the value comes about</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move the window along the map (S)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One step back (Shift+N)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One step on (N)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sort again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sort the rows by what they contribute now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop the window where it is (S)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sweep</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} steps a second</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CrashRecovery</name>
    <message>
        <source>Bring it back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Discard it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It could not be brought back, and is kept. %s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Leave it in the library</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Training can go on: %s.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unsaved work was kept: %s.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Untitled</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>cnnviz ended unexpectedly.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” from step {step}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CurveControls</name>
    <message>
        <source>Copy or save the curves</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Horizontal axis</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PAST</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PAST · step {step}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the whole run again (Home, or double-click)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Whole run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>epochs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>seconds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>steps</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CurveLegend</name>
    <message>
        <source>Training: measured while learning, before each step. Faint: each batch. Bold: the mean of the last eighth of the run, at most 50 batches. Validation: after each epoch, on images that are not learned from, with dropout and augmentation off.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>accuracy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>loss</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>overlaid: ━ accuracy ┅ loss</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>test</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>training</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>validation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>▲ higher than the axis, up to {loss}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CurvesPage</name>
    <message>
        <source>Loss and accuracy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Neither side has been trained, so there are no curves yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>━ accuracy on training images · ┅ loss · ● accuracy on validation images</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CurvesPanel</name>
    <message>
        <source>+{epochs} at rate {rate}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Curves of loss and accuracy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Loss and accuracy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>dropout on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>epoch {epoch}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>from step {step}: {change}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>frozen: {names}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>images augmented</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>network changed, all layers kept</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>network changed, new: {names}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no layer frozen</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>now, step {step}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>now, still training</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>opened run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>present run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>rate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>step 0: before the first batch</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>step {step}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>step {step}: loss {loss}, accuracy {accuracy}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>this batch {accuracy}, {loss}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>validation {accuracy}, loss {loss} ({where})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>while learning</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{where}: training {accuracy}, loss {loss}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>DamageLine</name>
    <message>
        <source>damaged: {what}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>DamagePart</name>
    <message>
        <source>DAMAGE</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Redo (Ctrl+Shift+Z)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reset {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reset: no damage</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Undo the last damage (Ctrl+Z)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{text}, reset</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>DataPage</name>
    <message>
        <source>A single class: there is nothing to tell apart</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Comes with the program</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Counting: {done} of {total} images</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Decoded images take {size} on the disk. What was not used for {days} days, and beyond {most} what was unused for the longest time, is removed by itself.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Draw your own …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mean {mean}
Deviation {std}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name classes, draw some of each, and train on them</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No damaged files, and no image is in two splits.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading pictures: {done} of {total}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading was cancelled. Choose other options and read the pictures, or another dataset.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove from the list</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The images are not at {path}. Bring them back there, or show where they are now: add that folder or file. The network, its trained weights and its runs are kept.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The images stay where they are</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The network does not fit these images. To fit it: {changes}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The pictures have {size} pixels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>These are the images of the network.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>a new {kind} “{node}”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>batch size {before} → {after}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>cropped</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>fit to {title}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>grey</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>in colour</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not there</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>padded</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>set mean and deviation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>set validation images aside</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>stretched</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>test image {row}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>training image {row}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>use {title}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>validation image {row}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{classes}, images of {shape}, {training} to learn from and {test} for the test</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} of the pictures: {least} to {greatest} pixels, median {middle}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: {train} training, {validation} validation, {test} test images</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{one} equals {other}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{train} training images</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{train} training, {validation} validation, {test} test images</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” has no training images.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” was added to the data</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>DataPlace</name>
    <message>
        <source>Data</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Draw your own data</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>DatasetList</name>
    <message>
        <source>Datasets</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>being added</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not added</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{title}, used by this network</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Diverging</name>
    <message>
        <source>Change the rate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Find a rate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>For {count} epochs the loss has been that of guessing: an earlier rate may have spoilt the weights. Start over to train new ones at the rate of {rate}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>For {count} epochs the loss has been that of guessing: nothing is learned. Another rate, often a lower one, or other initial weights may help.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New weights</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start over</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start over with other initial weights</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The loss is higher than that of guessing: the rate of {rate} seems too high for this network.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The loss is still higher than that of guessing: an earlier rate may have spoilt the weights. Start over to train new ones at the rate of {rate}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The loss is that of guessing: nothing is learned. Hardly any network learns at a rate of {rate}; set a lower one, and start over with it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The run before failed at the rate of {rate}, and this one would begin at it too.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The same first weights, and the recipe on screen</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Document</name>
    <message>
        <source> training</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%s (untitled)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a project</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the project</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Untitled</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Weights, networks and code</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>network</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>DrawPage</name>
    <message>
        <source>Clear (Delete)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Do not invert</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Draw here, or drop a picture</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drawing; arrows move the pen, Space puts it down and lifts it, Delete clears</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Eraser (E)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Invert: ink becomes ground (I)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Inverted: light ground.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move the drawing (M; Ctrl with arrows)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a picture; one can also be dropped or pasted here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pen (P)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading {name} …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Redo (Ctrl+Shift+Z)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Small: the {width}×{height} pixels that the network sees. The drawing is scaled and centred.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Undo the last stroke (Ctrl+Z)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the network sees of it; Shift with arrows points at its pixels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Width of the pen</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Width of the pen (+ and −)</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>DrawingPlace</name>
    <message>
        <source>Classes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clear</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Clear the sheet (Delete)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete the last drawing of this class</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Discard the last</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Draw here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Draw {count} of each class or more, each a little different.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drawing; arrows move the pen, Space puts it down and lifts it, Enter keeps the drawing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Enough to train on. More drawings make it surer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep the drawing, and begin another (Enter)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Look at the drawings on the data page</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name of a class, then Enter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name of a new class</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name of the drawings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name of the drawings, for the list of datasets</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name two classes or more: what shall the network tell apart?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use them</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>EndCard</name>
    <message>
        <source>Hide this card</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>EpochsRow</name>
    <message>
        <source>Accuracy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Loss</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Predict the validation images with the recorded weights at the end of each epoch</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Predicting {done} of {total} images …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop predicting; finished epochs are kept</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The mean loss of each class</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The share of each class that is right</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which measure is drawn</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ExampleStrip</name>
    <message>
        <source>As they are, and as one step may see them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Draw again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Loading images …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing is changed: all amounts are 0.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Other changes of the same amounts</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ExcitesPanel</name>
    <message>
        <source>At step {step}. Click an image to make it the sample.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Excites</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Image {index}, label {label}: {value}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Image {index}, label {label}: {value} at ({row}, {column})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It excites {channel} with {value}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Look at the images again with the present weights</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Looking at the validation images …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Made image: {value}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Made image: {value} at ({row}, {column})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mean by class</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mean by class:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mean of the map's largest value by class:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of {total} validation images, those that excite {channel} of {node} least.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of {total} validation images, those that excite {channel} of {node} most.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of {total} validation images, those with the lowest values of {channel} of {node}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Select a layer to see which images excite its maps.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Step {step} of {steps}: it excites {channel} with {value}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The image that would excite {channel} most, made from noise by climbing the gradient.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The images that excite {node} appear as soon as it has run.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There are no validation images. Set some aside on the data page to see which excite a map.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>class {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>map {number}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>value {number}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{done} of {total} images …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{node} does not take part in the network that runs.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{node} holds the maps of {source}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{text} Made at step {step}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{text} No validation image does more than {best}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{text} The frame is what the value sees: {size}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{text} the {shown} highest of {total}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Export</name>
    <message>
        <source>Before training: the first weights</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Best: step {step}, {accuracy} of the validation images right</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Now: step {step} of the training</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Now: the training as it goes on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>On screen: the moment at step {step}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recorded moment at step {step}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The command line exports recorded moments, and step {step} is none. Pause before you export, or choose a recorded moment.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The command line exports recorded runs, and these weights are not recorded.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The command line exports runs of the library, and this run is in another folder.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The command line would export the moment at step {step}, whose layers have other names.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ExportDialog</name>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancelled; what was finished before stays.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancelling …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy the command</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export into a folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give the whole path of the folder.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Loading the weights …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name of the files</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open the folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The last export: {origin}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This desktop opens no folders.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Weights</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is exported runs without this program. It is verified: the program that it is for loads it and classifies the validation images.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{format}: compared {done} of {images} images</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{format}: the other program loads it …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{format}: writing …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{names} are in this folder already: replace them</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{names} is in this folder already: replace it</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>FilmStrip</name>
    <message>
        <source>All kernels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Back to the kernels of the layer at one moment</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Change</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Film strip of a filter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Filter {number}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading recorded moments: {done} of {all} …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show how much each weight has changed since the first of these moments</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The film appears when moments of this run are recorded.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The filter before</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The next filter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unit {number}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>step {step}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>step {step}, reads map {map} of {source}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>FilmSwitch</name>
    <message>
        <source>Film strip</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The chosen filter at recorded moments of the run, side by side</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>FindBar</name>
    <message>
        <source>Close (Esc)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Find a layer by name or kind</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Find layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name or kind of a layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next (Enter)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Previous (Shift+Enter)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>none</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{0} of {1}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Folding</name>
    <message>
        <source>Fold all blocks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fold {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing that is selected stands in a block.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rename {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take out of the block</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unfold all blocks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unfold {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ungroup {0}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>FoldingSection</name>
    <message>
        <source>Fold this away</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unfold this</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Fool</name>
    <message>
        <source>More than half of these stay right at every size tried.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No pixel changes by more than {largest} of 255, and the network says {said} instead of {before}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No size makes the network say anything but {before} by this method.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No size makes the network say {said} by this method.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No smaller size that was tried works.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of the first {images} validation images the network gets {clean} right at step {step}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The change is {length} long, at most {largest} of 255 in a pixel, and the network says {said} instead of {before}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>With changes of at most {size}, half of these or fewer stay right.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>With this size the network does not say {said}. A larger size or PGD may do it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>With this size the network still says {before}. A larger size or PGD may change that.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>row {row}, column {column}: {before} → {after}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>FoolBody</name>
    <message>
        <source>A change that hardly anybody sees can make the network say another class. That is a weakness of the network, not a flaw of the picture.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>At step {step}: {sentence}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Back to the original</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancelled.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare the layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Looking for a change …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make it the sample</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make the changed image the sample, and show at which layer it becomes different from the original</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the changed image in all places: maps, microscope, Why</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the original sample in all places</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop looking for a change; another choice above looks again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The change of each pixel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The changed image</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The network says {name} already. Choose another class.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is nothing to fool until the network has said something of a sample.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Trying changes of size {size} and more …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>changed image</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the change alone</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>FoolChoices</name>
    <message>
        <source>Class that the network shall say</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>FGSM: one step</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Largest size, in pixel units of 0 to 255</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Method of the attack</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PGD: many steps</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Size of the change</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the size of the change limits</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>any other class</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>at most</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>each pixel (L∞)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>smallest that works</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the whole (L2)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>towards {name}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>FoolPart</name>
    <message>
        <source>FOOL IT</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>FoolTable</name>
    <message>
        <source>after</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>before</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>class</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Forecast</name>
    <message>
        <source>%s to train</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%s will take %s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{memory}, {time} for {epochs}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Form</name>
    <message>
        <source>Until then it stays {value}; Esc shows it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{text}” is no value for {parameter}. {expected}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>FormOptions</name>
    <message>
        <source>Black borders are added</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Colours</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Height in pixels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Read all pictures in this size and these colours</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Read them so</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The middle of the picture is cut out</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The sides are scaled differently</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Width in pixels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>colour</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>grey</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>FormatRow</name>
    <message>
        <source>Copy the command</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>FrozenBox</name>
    <message>
        <source>Freeze {0}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Frozen</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its running mean and variance stay too, and it normalizes with them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Training leaves its weights as they are.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Training leaves the weights of a frozen layer as they are (Ctrl+Shift+F)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unfreeze {0}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Gallery</name>
    <message>
        <source>Images and what the network says of them</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>GalleryModel</name>
    <message>
        <source>Image {index}: label {label}, the network predicts {said} ({share})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>label {label}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Glossary</name>
    <message>
        <source>Glossary</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing found</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search the words and what they mean</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Words</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>GoingOn</name>
    <message>
        <source>Begin a new run at step {step}; the present one stays in the library</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go on from now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New run from here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only the weights were recorded there: a new run from here goes on with a new optimizer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Step {step} is shown. Train from where?</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>HistogramBars</name>
    <message>
        <source>Histogram from {least} to {most}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>HistogramsPanel</name>
    <message>
        <source>Outputs for the sample: {facts}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Select a layer to see how its weights and its outputs are spread.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Spread</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The histograms of {node} appear as soon as it has run.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Weights: {facts}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>mean {mean}, standard deviation {deviation}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{facts}; {zeros} % are 0 and have no bar</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{node} at step {step}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ImageGrid</name>
    <message>
        <source>Point at a value to read it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>row {row}, column {column}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ImportDialog</name>
    <message>
        <source>%s tensors</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A network with its weights</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In the file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In the network</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Into</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Last layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing can be imported</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shape</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The last layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The network on screen</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The network that gets the weights</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is done</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What of the file goes where</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>a new one, for %s classes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>that of the file, for %s classes</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ImportanceBars</name>
    <message>
        <source>How far the values of the best trials differ from those of all, for each setting (PED-ANOVA). It says what mattered within the ranges that were tried.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What mattered</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Importing</name>
    <message>
        <source>All files</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Back to the run before</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import weights</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import weights or a network</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Weights, networks and code</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“%s” has the weights that were imported.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>InputList</name>
    <message>
        <source>Disconnect the input (Del)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Inputs of {0}, in order</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move the input down (Alt+Down)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move the input up (Alt+Up)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>inputs</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>KernelControls</name>
    <message>
        <source>All</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All slices</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Average</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only the slices that read {what} of {node}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The mean of the slices of each: it is not what is applied</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which slices of each filter are shown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>map {number}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>value {number}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>KernelsPanel</name>
    <message>
        <source>By how much the weights have changed since step {step}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy this slice</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Kernels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing is known of {node} yet: it has a problem to be solved first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pin filter {number}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Point at a weight to read it.
Click it to see its gradient.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Select a layer to see its kernels.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shown is the average of the slices of each: it is not what is applied.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Slices in the order of step {step}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Slices in the order of steps {first} to {last}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sort again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Strongest first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Strongest slices first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The kernels of {node} appear as soon as it can run.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The strongest slices are others by now. Put them in front.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unpin filter {number}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Weights</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>class {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>classes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>filter {number}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>filters</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>out {shape}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>sees all of the image ({size})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>sees {size} of the image</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>unit {number}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>units</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{filter}, average of its slices</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{filter}, map {map} of {source}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{filter}, value {map} of {source}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} has no kernels. Numbers that it learns: {count}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} has no kernels: it learns a scale γ and a shift β for each map, {count} numbers.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} has no kernels: it learns a scale γ and a shift β for each value, {count} numbers.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} has no kernels: there is nothing in it to be learned.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{parameters} · {macs} MACs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{shown} of {all} slices</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{shown} of {all} weights</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{shown} of {all} {unit}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Keyboard</name>
    <message>
        <source>Select a layer first: arrows walk from one to the next.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>LayerModel</name>
    <message>
        <source>Channels × height × width of what comes out</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Forward and backward for one batch, measured on this machine, each layer alone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In this shape PyTorch’s convolutions go wrong in bfloat16 on a processor: it is computed in float32 there, also where the rest is computed in bfloat16</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>MACs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Multiply-accumulate operations for one image</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Numbers that are learned</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Region of the image that one output value sees, in pixels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Share of the layer’s outputs that are 0 for the sample</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the outputs for one batch take in float32; while training their gradients take as much again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>kind</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>memory</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>parameters</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>sees</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>shape</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>time</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>zeros</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{share} of the network</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>LayerPlace</name>
    <message>
        <source>Copy or save what is shown here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Settings, kernels and maps of the layer</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>LayerTable</name>
    <message>
        <source>All layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy as CSV</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy as table</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measure time</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measuring …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run each layer some times on this machine, forward and backward</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>frozen</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>measured on {where}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no totals, as no path leads from an Input to an Output</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no totals, as the output shape of “%s” is not known</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} MACs an image</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} of them trained</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{size} of activations at batch {batch}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{time} a batch</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>LAYER</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>LAYERS</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>NETWORK</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>RUN</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>SAMPLE</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>MapScaleControl</name>
    <message>
        <source>Choose again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose the strongest maps again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Scale</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Scale of the maps</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the maps that are strongest at the step shown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The scale of the maps, and which maps are shown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>colours as in the whole run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>colours span 99.7 % of the values of each layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>colours span all values of each layer shown so far</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>colours span the same range in all layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>each map on a scale of its own: their brightness cannot be compared</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>maps that were strongest at step {first}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>maps that were strongest at steps {first} to {last}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>maps that were strongest before the sample changed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>step {step}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>strongest at step {first}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>strongest at steps {first} to {last}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>strongest before the sample changed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>strongest maps</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>MapView</name>
    <message>
        <source>Click a value to see how it comes about</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The map; a click on a value shows how it comes about</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>MapsPanel</name>
    <message>
        <source>Change since step {step}. {values}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy this map</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Maps</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pin map {number}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Point at a value to read it.
Click it to take it apart.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Select a layer to see the maps that it makes of the sample.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The maps of {node} appear as soon as it has run.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unpin map {number}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Values</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>class {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>map {number}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>map {number} of {source}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>value {number}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{map} (silent)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{node} for this sample: a score (logit) for each class.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{number} silent</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Microscope</name>
    <message>
        <source>Microscope</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>MiddlePlace</name>
    <message>
        <source>Network</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>map {number}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>value {number}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Minimap</name>
    <message>
        <source>Drag to move the view</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Map of the network</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>MistakesPage</name>
    <message>
        <source>Image {index}: label {label}, A predicts {a} ({a_share}), B predicts {b} ({b_share})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Loading …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Predicting the validation images: {share}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The project sets no validation images aside.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>both are wrong: {count}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>label {label}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>of {count} validation images; right: A {a}, B {b}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>only A is wrong: {count}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>only B is wrong: {count}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>MistakesPanel</name>
    <message>
        <source>({times} times)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All images, the most undecided first</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All right predictions, the surest first</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All wrong predictions, the surest first</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Calibration</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Calibration error {error} %: the mean distance between how sure it is and how often it is right.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Classes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How often it is right, by how sure it is</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Image {index}: label {label}, denied after {denied} of {of} epochs; {times} of them say {said}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Images that are predicted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It calls no image at least {sure} % sure.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Labels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Labels are suspicious if nearly every epoch denies them; this takes {count} epochs.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Loss and accuracy by class over the epochs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mistakes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No mistakes: all {total} {split} images are right</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Predict all images again with the present weights</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Predicting {done} of {total} images …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Predicting …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rates</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Right</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the matrix in percent of each class instead of counts</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The test images are looked at once a run has ended</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The validation images have to be predicted after each epoch first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The {count} weakest of {of} classes of the validation images</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There are no validation images. Set some aside on the data page to see mistakes.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This needs a recorded run of at least one epoch.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Train the network: which validation images it gets wrong appears here after each epoch and pause.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unsure</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Validation images whose label nearly every epoch denies</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which images are predicted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which images are shown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>calibration error {error} %</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>loss {loss}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>of the {count} that it calls at least {sure} % sure, {share} are right</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>test</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>validation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{label}? {denied} of {of}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{share} right at step {step}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{total} {split} images, the most undecided first</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>NameField</name>
    <message>
        <source>Enter keeps the name, Esc the old one</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name of step {step}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>NoCurves</name>
    <message>
        <source>Curves appear after the first batches.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Curves appear when training starts.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Curves appear when training starts: press Train.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No curves of this run are recorded.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The run of this project is being opened.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>NothingFound</name>
    <message>
        <source>Nothing found: try fewer letters.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>NoticeBar</name>
    <message>
        <source>Hide this notice</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ObservedSide</name>
    <message>
        <source>The present run has no recorded moments yet: train it, or choose another run.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>OpenButton</name>
    <message>
        <source>A database …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A file …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All files</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a sweep</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show a sweep that is kept elsewhere, also while other machines work on it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sweeps</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>URL of the database, such as postgresql://user:password@host/name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{text}” is not the URL of a database, such as postgresql://user:password@host/name.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Overflow</name>
    <message>
        <source>More: what has no room in the bar</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Overlays</name>
    <message>
        <source>rate {rate}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PairField</name>
    <message>
        <source>As much padding as keeps height and width at stride 1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep height and width equal</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>height</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>same</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>width</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Palette</name>
    <message>
        <source>Filter layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer palette</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layers</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ParallelPlot</name>
    <message>
        <source>Parallel coordinates: a line for each trial</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>validation</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PastBar</name>
    <message>
        <source>Back to the present: kernels and maps as they are now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Begin a new run at this moment; the present one is paused and kept</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New run from here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PAST</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>now:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>present run:</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PastFrames</name>
    <message>
        <source>PAST · step {step}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PAST · step {step} of {last} · training goes on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PAST · step {step} of “{run}”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>WATCHING · step {step}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>WATCHING · step {step} of “{run}”</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PasteDialog</name>
    <message>
        <source>A network of PyTorch or Keras, with whatever stands around it. It is read, never executed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make it the network</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Network of the source</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Paste code</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Paste or type it above; what it makes is shown here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Source code</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The source has several networks: which of them is read.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>To be mended afterwards: {sentence}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is made of the source</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>images {size}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Pasting</name>
    <message>
        <source>Back to the network before</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Paste code</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pasted code</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The pasted {framework} code is the network now: {layers}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This is the network that is on the canvas already.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Train from scratch</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PathLine</name>
    <message>
        <source>Go back to {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Here: {name}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PickPage</name>
    <message>
        <source>Next image</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pick images of one class</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Previous image</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Random image</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The sample; left and right choose its neighbours, Shift with arrows points at its pixels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>any</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PictureExport</name>
    <message>
        <source>A picture cannot be written as “{path}”: its name should end with .svg, .png, .pdf or .npz.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export the picture</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The picture could not be saved as “{path}”: {reason}. Another folder may do.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The picture is saved as “{path}”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The picture of the network is on the clipboard.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is nothing to draw yet: add layers to the canvas first.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PictureInput</name>
    <message>
        <source>Open a picture</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The picture</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no picture on the clipboard.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PictureMenu</name>
    <message>
        <source>Copy picture</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save as {kind} …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Saved as “{path}”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The picture is on the clipboard.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} could not be saved: {reason}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PixelHistogram</name>
    <message>
        <source>Histogram of the values of pixels, from 0 to 255</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How often each value from 0 to 255 occurs in the training and validation images. Black and white grounds may go beyond the scale.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Place</name>
    <message>
        <source>Double-click to enlarge this place, and again to restore it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is shown here belongs to the network as it was trained, not to the changed one.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PointControls</name>
    <message>
        <source>Along the two directions of the largest variance</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Arrange the present outputs of this layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Colours of the points</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fit again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fit the axes to the present outputs. Otherwise they stay the same for the whole run.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How the outputs become points</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer whose outputs are drawn</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PCA</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Similar outputs side by side; far distances mean nothing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop here, and keep what is drawn</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The layer whose outputs are drawn as points</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the colours of the points stand for</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>by class</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>class {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>right and wrong</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>t-SNE</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PointPlot</name>
    <message>
        <source>Map of points: drag a frame to list images</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Pointing</name>
    <message>
        <source>Nothing can follow {0} that does not already.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{node} is selected. Click the value again to see how it is computed.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PointsPanel</name>
    <message>
        <source>All outputs of {layer} are equal</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Computing points …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Computing points: {percent} % …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drag a frame around points to list their images. The wrong ones:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fit again arranges the images by the outputs of this layer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Image {index}: label {label}, predicts {said} ({share})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No image is wrong. Drag a frame around points to list their images.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Point at a point to see its image.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Points</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The outputs of a layer for 2,000 validation images appear here as soon as the network can run.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There are no validation images. Set some aside on the data page to see them as points.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>label {label}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>t-SNE of {layer}: only neighbours count (divergence {divergence})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>t-SNE of {layer}: step {step} of {steps}, divergence {divergence}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{now} of the variance · {across} across, {up} up · axes of step {step}, from {images} images</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{now} of the variance · {across} across, {up} up · up to {seconds} s old · axes of step {step}, from {images} images</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PreferencesDialog</name>
    <message>
        <source>A moment of this network has {size}: beside those that always stay none fits.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Curves and numbers are always kept whole. Moments, the weights at some of the steps, are thinned out until they fit; the first, the best, the last, and those with a name or a pin always stay. A change holds for runs that begin afterwards.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Moments of a run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Moments of all runs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Preferences</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Record every run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recorded runs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The environment variable {name} switches recording off.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The folder could not be shown: {reason}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The preferences could not be saved. The log says why.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>this desktop opens no folders</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ProblemRow</name>
    <message>
        <source>Error</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Warning</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ProblemRows</name>
    <message>
        <source>Show more ({count})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show more problems</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ProblemsPanel</name>
    <message>
        <source>0 problems</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{problems} in the network, but it learns nothing.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{problems} in the network, but the loss is too high.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{problems} in the network, but the present weights learn nothing any more.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{problems} in the network, but this run failed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{problems}: this network can be trained.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{problems}: this network cannot be trained yet.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ProjectRun</name>
    <message>
        <source>The project opens untrained, because the run that it was saved with has other layers.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The project opens untrained. %s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Training goes on from step {step} in a new run, “{run}”. “{before}” stays in the library as it was.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>PublicSets</name>
    <message>
        <source>A folder with the files as their authors publish them; nothing is downloaded</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All of them are here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancelled. What has arrived is kept: the download goes on from there.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Download {size}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Download …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its files are on this machine: nothing is downloaded.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Progress of the download</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Public datasets: Fashion-MNIST, EMNIST, CIFAR-10 and others</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take files that are here …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take the files of a dataset</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What has arrived is kept: the download goes on from there the next time</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>on this machine</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{size} from {host}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{title}: {done} of {total} images are read</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{title}: {done} of {total} of “{name}”</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>QuickAdd</name>
    <message>
        <source>Add a layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add a layer: type its name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Matching layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name of the layer</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RateCurve</name>
    <message>
        <source>Learning rate over the training</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>rate {rate}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RateSearch</name>
    <message>
        <source>Batch {count} of {steps}, rate {rate}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Getting ready …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In the band around it no rate is clearly better. The training itself is not touched.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It offers the rate at which the loss falls most steeply.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It offers the rate in the middle of the lowest stretch: the one-cycle schedule of the recipe reaches its rate only for a while.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Set the rate that was found</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Set the rate to {rate}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start over</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The dashed line is the rate of the recipe.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The loss did not fall clearly at any rate, so no rate is offered.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The rate at the dot is a good start for a new training.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The rate of the recipe, {rate}, is higher than all that are tried.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The rate of the recipe, {rate}, is lower than all that are tried.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The rate of the recipe, {rate}, lies in the band of good rates for new weights, from {lowest} to {highest} with the dot at {dot}: keep it. But the weights of the present run do not learn any more: start over to train new ones.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The rate of the recipe, {rate}, lies in the band of good rates, from {lowest} to {highest} with the dot at {dot}: keep it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The same first weights, and the recipe on screen</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This is the curve before the network, the images or the recipe were changed: try again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Trains a copy of the network from its first weights for %d batches, with a rate that grows at each.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Try rates</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RateWarning</name>
    <message>
        <source>Find a rate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>With {optimizer}, hardly any network learns at a rate above {highest}: the first steps spoil its weights.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RecentMenu</name>
    <message>
        <source>Open &amp;recent</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RecipePanel</name>
    <message>
        <source>Augmentation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Course</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Find a rate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only a new run uses a change: Start over.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Parts of the recipe</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Set {parameter}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Split</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Steps</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sweep …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The present run has ended; it uses a change if it is trained further.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The present run uses a change at once.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The present run uses a change only after “Continue with the change”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The present run uses the change of {parameter} from its next batch on.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Train with many values of these settings and of the layers, and see which are best</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>rate {rate}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RenameField</name>
    <message>
        <source>New name</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ReplayButton</name>
    <message>
        <source>Pause</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Replay</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the recorded moments one after another, from the shown one to now (F7)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stay at this moment (F7)</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ReplayExport</name>
    <message>
        <source>A replay cannot be written as “{path}”: its name should end with .gif or .png.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Animated GIF</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PNG, one for each moment</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the replay</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Saving the replay: moment {done} of {all}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The replay is being saved.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The replay was not saved.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ReportDialog</name>
    <message>
        <source>Copy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Details</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ResultMoment</name>
    <message>
        <source>of another network or run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>of the image before</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>step {step}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>step {step}, not the one shown</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ResultsPage</name>
    <message>
        <source>A was trained for {a} steps, B for {b}: a better figure may come from that alone.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Both sides have the same project.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Changed while training:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>From A to B:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Overlay the curves of the recorded runs on one pair of axes, in Curves</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>See what they get wrong</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the curves of both</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the validation images that one side gets wrong, or both</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RobustnessPart</name>
    <message>
        <source>Accuracy on validation images over the size of the change</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Accuracy over the size of the change</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Attack these validation images at growing sizes, and count how many stay right</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Attacking the images: {share}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measure</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Number of validation images that are attacked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There are no validation images. Set some aside on the data page to measure this.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>of {count}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RowsView</name>
    <message>
        <source>The terms of the value</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RunArchives</name>
    <message>
        <source>Choose a name that ends in .cnnviz-run.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Saved with weights as “%s”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“%s” was not written: a name with this ending is for a project without weights.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RunChips</name>
    <message>
        <source>Overlaid runs</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RunEndCard</name>
    <message>
        <source>Change a layer, and train again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Damage the sample until the answer changes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Draw</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Draw a sample, and see what the network says of it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>More epochs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Resume</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>See its mistakes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show which test images are wrong</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Train again from other random weights</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Try an experiment</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RunNames</name>
    <message>
        <source>run %d</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{run}, new from step {step}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RunNotices</name>
    <message>
        <source>%s Training is not touched; the details are in the log.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A new run, with what was learned before: %s.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Back to it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Back to the run before</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Changed on screen: %s. Undo changes it back.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Click here or press F5 to train</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Come back with what they had learned: %s.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Continue with the change, keeping all layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy the details</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Done: {accuracy} of the test images are right.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Frozen, so it would stay untrained: %s.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go on with what they have learned: %s.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is not recorded: this window holds it until yet another run begins.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New run from a moment</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New weights</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only the weights were recorded there, so it goes on with a new optimizer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start new: %s.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start over</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Started over with other initial weights: the seed of the recipe is {seed} now.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Started over.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Steps, epochs and curves go on.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stopped early at epoch {epoch} of {planned}: validation accuracy no longer improved. {accuracy} of the test images are right.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stopped early: {accuracy} of the test images are right.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The images have changed since the start of “{run}”, which goes on as it was.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The images have changed since the start of “{run}”, which stays as it was.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The network or its recipe has changed since the start of “{run}”, which goes on as it was.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The network or its recipe has changed since the start of “{run}”, which stays as it was.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The schedule had brought the rate near 0, where nothing more is learned. The added epochs train at a rate of %s: %d %% of the recipe's.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This is a new run: it begins at step {step}, with the network and recipe of that moment.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This is “{run}” again, and its network and recipe are those on screen.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This is “{run}” again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>To continue, %s would start new.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Train from scratch</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Undo the change</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{run}” has not been trained yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{run}” is kept as it was after step {step}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{run}” was being trained: it was paused at step {step} and is kept.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{run}” was being trained: it was paused at step {step}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{run}” was trained to step {step}.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RunPlace</name>
    <message>
        <source>Curves, problems and code</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RunsPanel</name>
    <message>
        <source>Add a run from an archive; archives can also be dropped here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Begin a new run at the newest moment of this run from which it goes on exactly; the present run is paused and kept. A run of another network goes on in a window of its own</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare the two selected runs, or one with the present run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compared with “{run}”: {news}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Draw the curves of the selected runs behind those of the present run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Every run is listed here once it has been trained. Archives of runs can be dropped here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go on with it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It began at step {step} of {run}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Look at it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>More that can be done with runs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move the selected runs to the trash, from which they can be brought back for 30 days</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No run matches. Search for fewer words, or choose all networks.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open its project</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open the network and the recipe of this run in another window</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Overlay curves</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading the runs …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recorded runs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rename</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Runs are not recorded, because recording is switched off. Archives of runs can be dropped here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>See its mistakes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the curves of this run, and kernels and maps at its recorded moments; a run of another network gets a window of its own</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show which validation images this run gets wrong at its last moment</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>That is no archive of a recorded run.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The run is in the folder {folder}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is new: {news}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>With what was learned before: {layers}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write notes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write the selected runs as archives, which another machine opens</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>best validation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>data</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>device</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>epochs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>from</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>images/s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>loss at best</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>moments</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>network</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>notes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>parameters</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>recipe</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>steps</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>test</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>time</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>weights of a run that was not recorded</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>weights of {run}, step {step}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>what is new</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>when</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} (present run)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{run}, step {step}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SamplePanel</name>
    <message>
        <source>Draw</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Draw a sample, or open, drop or paste a picture</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Loading MNIST …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pick</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pick an image of the data</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sample</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where the sample comes from</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SamplesPage</name>
    <message>
        <source>1 minus the cosine between A and B: 0 to 2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>1 − cosine</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A is the sample on screen: pick or draw another one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>B</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>B minus A</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose a sample and press “Keep as A”. Then pick, draw or damage another one to compare it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare the sample on screen with those that are picked, drawn or damaged after it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Distance of A and B by layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep as A</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measure of distance</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing is drawn yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sample A</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sample A has another size. Keep another one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sample B</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The distance rises at no layer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The distance rises most at {node}: from {before} to {after}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Two samples</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>difference</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>|B − A| / (|A| + |B|) of all values of a layer: 0 to 1</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ScaleButton</name>
    <message>
        <source>Scale</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The scale that is in use, and others</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ScaleSwitches</name>
    <message>
        <source>Accuracy from 90 to 100 %</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Log</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Loss on a logarithmic scale</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SearchRow</name>
    <message>
        <source>Bring back what was deleted last (Ctrl+Z in the table): {names}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bring back {count} runs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bring back “{name}”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Network</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search runs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the runs of a network only</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the runs that have each of these words in some column</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>all networks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{shown} of {runs}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SeenStrip</name>
    <message>
        <source>It sees so much of each layer before:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The value sees: {layers}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the value depends on in each layer before it; a click leads there</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SettingsPanel</name>
    <message>
        <source>Disconnect</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move input {port} of {node}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Select a layer on the canvas to see what it does and to change its settings.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Set {parameter} of {node}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Settings of the layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The result is the same in any order. Alt+Up and Alt+Down move an input.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Their maps are joined in this order. Alt+Up and Alt+Down move an input.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is nothing to set.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ShapeField</name>
    <message>
        <source>channels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>height</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>width</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Sheet</name>
    <message>
        <source>Keys: arrows move the value, Page Up and Page Down change the map, Enter follows the largest term, W its weight, B turns round, S sweeps, P pins the map, Esc leads back.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SideRow</name>
    <message>
        <source>Keep sample for {side}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Moment of side {letter}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Run of side {letter}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show again whichever sample is chosen in Sample</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This side keeps the present sample, also after another is chosen. The other side changes.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>last</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>present run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>rate {rate}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>step {step}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} (present run)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{side} keeps {sample}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SidesField</name>
    <message>
        <source>bottom</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>left</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>right</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>top</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SplitRow</name>
    <message>
        <source>How many training images are set aside, to see how the network does on others. 0 is none.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Images for validation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>validation</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>StartPage</name>
    <message>
        <source>A network from a program in PyTorch or Keras, which is read and never executed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Accuracy on the validation images and time were measured once, on %s. Times that say “here” are estimates for this machine.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Empty network</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Networks to start from</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New network</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No network matches. Clear the search to see all of them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing but a canvas: drag layers onto it, or press / and type their names.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Paste code …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search for a network</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Search: a name, a layer, a year</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>StateDisplay</name>
    <message>
        <source>&amp;Redo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>StatusLine</name>
    <message>
        <source>%s images/s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%s left</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Share of the processor's time that making, drawing and painting the views takes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the problems</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Training and the accuracies of the curves are computed in {precision}; looking in float32</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Training images a second, evaluations not counted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>When training starts, float32 and bfloat16 are timed with this network; the faster is taken</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>looking costs %s %%</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>slow motion: %s/s</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SumTable</name>
    <message>
        <source>Click: its gradient, and what the optimizer does</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Summary</name>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Change …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Classes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Files that are left out, and images in two splits</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fit the network</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Looking for pictures …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One step, which can be undone (Ctrl+Z)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only use them</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pictures become {form}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Progress of reading</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Set them in “{node}”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Size, colours, and cropping, padding or stretching</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use these</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use these images and leave the network as it is</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Use, and fit the network</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Values of pixels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Worth a look</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SweepDialog</name>
    <message>
        <source>A sweep trains this network many times, each time with other values, and finds out which are best. Each trial is a run like any other.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>At the same time</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Command</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy the command</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Epochs of each</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Epochs of each trial</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hyperband: few epochs for many, many epochs for few</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pruner</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start the sweep</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Storage</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sweep of settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The name of a sweep has letters, digits, spaces and the signs . + - _ only.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The pruner ends trials early that do badly, so that the time goes into better trials.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The sweep “{name}” runs already; choose another name.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is a sweep “{name}”: it goes on if it varies the same, up to this number of trials.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Trials</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Trials at the same time</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Vary something else</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where the sweep is kept: a file, FILE.journal for a folder that machines share, or the URL of a database. Machines that run the same command there share its trials.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Without it the sweep would take {time} on this machine, at the speed of this network.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>median: end what is worse than half of the trials</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>none: train every trial to its end</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>on this machine</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SweepPage</name>
    <message>
        <source>Choose a sweep above.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>End it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>End the process of this sweep; the trials under way do not count</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It has the values of the project itself.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Look at its run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New sweep …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open its project</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open the network and the recipe of this trial in another window</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Put the values of this trial into the project of this window; undo takes them back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the curves of this trial, and kernels and maps at its recorded moments</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start the command of this sweep again, to make the trials that are left</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sweep</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take its values</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The complete trials do not differ enough to say what mattered.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The process of this sweep has ended: {reason}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The sweep is starting …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There are no trials yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no sweep yet. “New sweep …” tries many settings of this network; each trial is a run like any other.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This trial is still trained; it can be looked at once it has ended.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This trial was not recorded.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Trial {number}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>best</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>best {accuracy} by trial {number}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>complete</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>epochs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>failed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>interrupted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>own</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>pruned</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>running</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>starting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>state</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>trial</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>validation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>why</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} interrupted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} under way</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} under way when it could last be read</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{done} of {most} trials</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SweepPlace</name>
    <message>
        <source>End it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is a process of its own and can go on without this window; File &gt; Sweeps shows it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Let it go on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sweep</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take the values of trial {number}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The project has the values of trial {number} now. Undo takes them back.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The sweep “{name}” still runs.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This network has no layer “{node}”: the sweep is of another network.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SweepRow</name>
    <message>
        <source>Another row varies {target} already.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Do not vary it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Highest value</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How its values are chosen</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lowest value</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Values, with commas between them</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is varied</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>log range</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>range</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>these values</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>to</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Sweeping</name>
    <message>
        <source>The sweep could not be started: {reason}.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Tiles</name>
    <message>
        <source>Images that excite the map</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>TilesPage</name>
    <message>
        <source>B minus A</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How to compare</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Loading …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Looking …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No layer of side A has kernels.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Side B has no such layer “{node}”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Side {letter}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>side by side</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{side}: {node}, filter {filter}, slice {slice}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Timeline</name>
    <message>
        <source>Cannot be continued exactly: only the weights were kept.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Each sign is a recorded moment of this run. Drag along them, or press ← and →, to see kernels and maps as they were. End goes back to now. From a diamond training can go on exactly; a dot has weights only. N names the moment, P pins it: both keep it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pin</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pinned: it is kept, however many moments are recorded.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rename …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show step {step}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Timeline of recorded moments</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Training can go on from here exactly.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unpin</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>step {step}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>step {step}: “{name}”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{moments}, about {fit} fit</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>TopBar</name>
    <message>
        <source>%s/s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%s; click for another speed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>+1 batch</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>+1 epoch</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>CLOSING</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>End the run here and look at the test images; Resume goes on from here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>FAILED</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>FINISHED</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Full speed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go on from step {step} in a new run; the run up to there stays as it is (F5)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go on with this run where it is (F5)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go on with “{run}” in a new run, without the changes on screen (F5)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go on with “{run}”, without the changes on screen (F5)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How the network is trained</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>IMPORTED</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>More batches</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>NOT READY</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>OPENING</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Other ways to start over</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PAUSED</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pause</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>READY</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>RUNNING</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Resume</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>STARTING</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>STOPPED EARLY</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shows how it learns: live maps, kernels and curves. It starts nothing.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shows what is inside: all maps of the chosen layer, large, for one sample. The curves make way.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shows what the network is made of: layers to add, shapes and cost, problems and code.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Slow motion: %s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Speed of training</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start over</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stop between two batches (F5)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The images: what there is, and images of your own</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The network cannot be trained yet: %s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This run failed: start over.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>To the end of the epoch</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Train</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Train for more epochs in a new run; the run up to here stays as it is (F5)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Train in the background (F5)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Train this run for more epochs (F5)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the window shows</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>epoch %d of %d · batch %s of %s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>epoch %d of %d · no longer improving</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>epoch %d of %d · validating</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Traces</name>
    <message>
        <source>Framed in the layers before: the values that it depends on. In the sample they are dashed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Framed: what {place} depends on, {values}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Framed: what {place} reaches, {values}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>a region of {shape} in each map</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>a region of {shape} in map {number}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>row {row}, column {column} of map {number} of {node}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>row {row}, column {column} of the sample</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>value {number} of {node}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{place} reaches:</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>TrainingKeeper</name>
    <message>
        <source>Saved as “%s”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The training is kept in “%s”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The training is not in this file: File &gt; Keep the training …</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Transferring</name>
    <message>
        <source>Freeze what was learned</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep the weights, train all</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep the weights, train only {layers}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep what they have learned: %s.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start new: %s.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The kept layers are frozen, so this is faster; undo, or their lock, frees them.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>TrialCurve</name>
    <message>
        <source>Loss over learning rate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>learning rate, on a logarithmic scale</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>loss</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“Try rates” draws the loss here.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>TrialsTable</name>
    <message>
        <source>Trials of the sweep</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>UnexpectedErrors</name>
    <message>
        <source>Something unexpected went wrong. Your project is still open; save it under a new name.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ValueBars</name>
    <message>
        <source>Point at a value to read it.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>WatchRun</name>
    <message>
        <source>The folder “{name}” cannot be read: {reason}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no recorded run in “{name}”: choose the folder of a run, with its file run.json.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Watch a run: its folder, or a folder of runs</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>WholeMap</name>
    <message>
        <source>Click a value to see how it comes about; Enter takes the strongest.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Click a value to see how the loss depends on it; Enter takes the strongest.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Why</name>
    <message>
        <source>0 everywhere</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A black square covers each pixel in turn: how far the score falls. Where it rises the pixel is blue.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Each picture has a scale of its own.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Each pixel times how much the score changes with it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How much the score changes if the pixel gets brighter.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not exact: the sum for {name} is off by {missed} ({share}). Compare with Occlusion, which needs no sum.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not passed: a network with random weights, which knows nothing, gives nearly the same picture. So the picture does not show what was learned.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nowhere do the maps of {layer} raise the score.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Passed: a network with random weights, which knows nothing, gives another picture. So the picture depends on what was learned. Whether its values are exact is another question.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The pixels add up to the score (logit), minus the score of a black image:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The stronger the colour, the more the maps of {layer} raise the score there.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The sum for {name} is small because orange and blue cancel.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The sums are complete.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The sums are nearly complete: they miss this by {missed} ({share}).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This network has no weights to replace.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>orange: raises the score if it gets brighter
blue: lowers it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>orange: speaks for the class
blue: speaks against it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>score of {name}: {logit}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the stronger, the more it speaks for the class</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{judged} How alike the picture of step {step} stays (1: the same, 0: not at all) with random weights in the last layer, then also in the layer before, and so on: {steps}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>WhyBody</name>
    <message>
        <source>At step {step}: {sentence}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Blend the colours over the image. Else they stand alone, beside the image above.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Both by one method</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare two methods: choose another one for the second picture</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Explaining …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Explaining: {share}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>First class that is explained</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It shows which pixels moved the number, not a reason.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer whose maps Grad-CAM weighs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Method of explanation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Method of the second explanation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Over the image</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pixels that moved the number for {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Second class that is explained</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Second: {method}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Side of the black square in pixels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is nothing to explain until the network has said something of a sample.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Why</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>for {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>label {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>next {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>next …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>row {row}, column {column}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>says {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>says …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{value} for {name}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>WhyCheck</name>
    <message>
        <source>Cancel the check</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel: {done} of {total} layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Check the picture</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Does the picture show what was learned? Compare it with the pictures of the same network with random weights, layer by layer</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>WhyPart</name>
    <message>
        <source>WHY</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>WindowMenu</name>
    <message>
        <source>&amp;Window</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>WritingDialog</name>
    <message>
        <source>A replay is still being saved.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>An export is still being written.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel it and close</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancelling …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close “%s”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Do not close</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The window closes when the export is finished.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The window closes when the replay is saved.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Wait</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Wait, and the window closes at the end. If you cancel it, no unfinished files are left.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>WrongButton</name>
    <message>
        <source>See which validation images are wrong. They were counted after the epoch, in training's number format.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Wrong validation images</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>_Chip</name>
    <message>
        <source>Hide its curves</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Overlay this run no longer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove run {number}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show its curves</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Solid: accuracy while training, smoothed. Dashed: loss. Dots: accuracy on validation images.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>on screen</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>_Part</name>
    <message>
        <source>No prediction yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>label {label}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>_Rows</name>
    <message>
        <source>Training images, and the same as augmented</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>_TermMenu</name>
    <message>
        <source>What is “%s”?</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>actions</name>
    <message>
        <source>&amp;About cnnviz</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Actual size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Any image of the data</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Back to the run before</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Build</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Close window</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Command palette …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Compare with this sample</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Continue with the change</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Copy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Dark theme</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Delete</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Draw</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Earlier moment</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Film strip of the filter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Find a layer …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Fit the network</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Fold or unfold the block</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Fool the network</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Full speed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Glossary</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Group</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Import …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Keep the training …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Keep the weights, train only what is new</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Later moment</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Look</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Measure the time of each layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;New …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Next image of the data</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Now</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Open a picture …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Open …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Past</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Paste</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Pick from the data</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Replay or pause</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Sample</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Save</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Save the replay of the network …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Standard arrangement</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Start over with the same first weights</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Train</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Train or pause</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Undo all damage</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Watch a run …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Why the network says that</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>1&amp;0 batches</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>100 batche&amp;s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add a &amp;layer by name …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Align in a colu&amp;mn</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Align in a ro&amp;w</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Arran&amp;ge automatically</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Back to the net&amp;work</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>C&amp;onnect the layer to …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy pictu&amp;re</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cu&amp;t</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>D&amp;uplicate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Da&amp;mage the sample</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete and &amp;reconnect</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Distri&amp;bute down</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Distribute acro&amp;ss</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>E&amp;xport …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export &amp;picture …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>F&amp;ull screen</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Find &amp;next</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Find a &amp;learning rate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Find pre&amp;vious</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fold all &amp;blocks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Free&amp;ze, or train again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep the &amp;weights, train all of it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Li&amp;ght theme</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Look i&amp;nto this layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Na&amp;me this moment …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New run from &amp;here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next pl&amp;ace</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One &amp;batch</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One &amp;epoch</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a kept &amp;training …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>P&amp;in or unpin this moment</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>P&amp;in this map, or unpin it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>P&amp;revious image of the data</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pa&amp;ste a picture</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Paste c&amp;ode …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Preferences …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Previous place</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Re&amp;name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>S&amp;weep of settings …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>S&amp;weeps</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save &amp;as …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the replay of the &amp;layer …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save with &amp;weights …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Select &amp;all</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the &amp;log</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Slow motion: 1 batch a second</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Slow motion: 1 batch in 2 seconds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Slow motion: 10 batches a second</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Slow motion: 4 batches a second</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>St&amp;op and test</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start over with &amp;new weights</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Swee&amp;p the window along the map</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The images, and your own …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Theme of the s&amp;ystem</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>U&amp;ngroup</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unf&amp;old all blocks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Zoom &amp;in</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Zoom &amp;out</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>archives</name>
    <message>
        <source>Save the project with its weights</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>damage</name>
    <message>
        <source>A black square of so many pixels; drag it on the image, or move it with Shift and arrows here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Distance of each value to the mean, times this factor</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Gaussian blur: its standard deviation in pixels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Gaussian noise: its standard deviation, as a share of the full range</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Made larger or smaller about the middle, by this factor</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shifted downwards, in pixels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shifted to the right, in pixels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Turned about the middle, counter-clockwise, in degrees</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>blur</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>contrast</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>cover</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>noise</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>scale</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>shift →</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>shift ↓</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>turn</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{number} px</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>dialogs</name>
    <message>
        <source>Something went wrong</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>fixing</name>
    <message>
        <source>“{fix}” would not help any more.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>keeping</name>
    <message>
        <source>&amp;Keep</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;New folder:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep the training in a new folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open the folder of a kept training</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>methods</name>
    <message>
        <source>Grad-CAM</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Gradient</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Gradient × input</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Integrated gradients</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Occlusion</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>SmoothGrad</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>microscope</name>
    <message>
        <source>1 for the label, 0 for others</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>As in every deep learning library the kernel is not flipped.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Click a value of a map to see how it comes about.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Dashed in the sample: the {shape} of the image that it sees.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Each value is changed alone, all by the same curve.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Framed: the winner, at {at} of the map.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Gradient for {node}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Gradient for {node}, map {channel}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hatched: outside of the map. It never wins.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hatched: the padding around the map. It holds 0.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Here it begins: this value comes from the image itself.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How the loss changes with {place}: its share, less 1 for the label</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How the loss changes with {place}: the sum over all that it feeds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How {kind} makes this value is not written out term by term yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It feeds 1 value.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>It feeds {count} values.</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>Mean and variance are running averages over {count} batches of training. While training those of the batch itself are used.</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>Mean and variance are those of all {count} values of this sample.</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>Mean and variance are those of the {count} values of all maps at this position.</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>Mean and variance are those of the {count} values of maps {first} to {last} of this sample.</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>Mean and variance are those of the {count} values of this map.</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>Nothing behind it changes with this value now, as behind a ReLU that gives 0: its gradient is 0.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Point at a number for all its digits · click it to follow it · numbers are rounded</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pooling has no parameters and learns nothing.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show fewer rows</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The gradient of {at}: the sum of what came back at each position</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The gradient of {at}: what came in, times what came back, at each position</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The largest value, {shift}, is subtracted from all first. That changes no share.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The sample has no label: the loss is that of the class that the network says.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The shares of all classes sum to 1: the network must choose one of them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The slope of negative values is learned: {slope}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The values of {node} appear as soon as it has run.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The weights of a head sum to 1: softmax of Q·K / √d. Framed: this position.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This weight is used once.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Train a batch to see here what the optimizer does with it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Weights of {node} around it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Were the value larger by 0.01, the loss would change by about {change}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What {optimizer} did with the weight in step {step}, line by line</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>While training all maps of an image are 0 with a probability of {share}, else multiplied by {factor}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>While training it is 0 with a probability of {share}, else multiplied by {factor}. Each value is drawn alone.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>While training its whole map is 0 with a probability of {share}, else multiplied by {factor}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>While training the maps of all images of a batch are 0 with a probability of {share}, else multiplied by {factor}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>after {node}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>bias</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>came back: gradient of the keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>came back: gradient of the queries</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>came back: gradient of the values</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>came back: gradient of {node}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>came in from {node}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>came in: what the heads find</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>comes back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>comes in</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>direction</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>divisor</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>exp(value − largest)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>feeds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>from {node}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>goes out</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>gradient</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>gradient of {node}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>gradient, the batch</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>gradient, this sample</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>head {number}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>how many</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>how much it changes with the value</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>in its window</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>its share (softmax)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>its square</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>loss</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>loss for class {label}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>loss for label {label}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>map of the input</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>map of {node}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>map {number} of {node}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>mean</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>mean of gradients</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>mean of squares</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>mean, corrected</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>momentum</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>new weight</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>partial sum</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>partial sums of {count} maps</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>product</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>product at each position</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>rate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>share of all</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>share of each</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>share of the label {label}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>slice of the filter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>slope, learned</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>squares, corrected</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>standard deviation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>step</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>sum</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>sum of all exponentials</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>sum of squares</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>sum of the head</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>sum of the products</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>sum of the squares</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>sum of {count} heads</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>sum of {count} products</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>the largest</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the pixel, 0 to 255</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>value</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>value of {node}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>value {number} of {node}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>value {number} of {node}: {value}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>variance</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>weight</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>weight after decay</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>weight before</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>weight of each position</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>weights of the keys</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>weights of the output</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>weights of the queries</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>weights of the values</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>what it offers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>with weight decay</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>{count} more</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} more heads</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} more maps</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} more values</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} positions contributed: one weight serves all of them.</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} values are equally large; the first of them is taken.</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>{kind} computes nothing: it moves values.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}, row {row}, column {column}: {number}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{node}, map {channel} ({shape})</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>{node}, {count} values</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>{place} is {source}, unchanged</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{place} is {source}, unchanged while you look</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{place} lies in the border, which holds 0</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{place}: a weighted mean of values of map {channel} of {source}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{place}: each head looks at all positions of {source} and takes a weighted mean</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{place}: each map of {source} in its window, times its slice of filter {channel}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{place}: each value of {source}, times its weight</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{place}: the largest of the {shape} values in the window of map {channel}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{place}: the logit of class {chosen}, and what softmax and loss make of all</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>{place}: the mean of {count} values of {source}, map {channel}</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>{place}: the pixel of the sample as the network sees it</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>{place}: the product of the values of {count} inputs at this place</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{place}: the share of value {chosen} among all {count}</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{place}: the sum of the values of {count} inputs at this place</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>{place}: {kind} of {source}. The curve, and this value on it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{place}: {source} divided by the strength of the maps beside it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{place}: {source} is normalized, step by step</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{place}: {source} times the learned factor of its map</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{said}. Click: {target}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{total} products (1 map × {high} × {wide}).</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>{total} products ({count} maps × {high} × {wide}).</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>β, learned</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>γ, learned</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>√(variance + ε)</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>panels</name>
    <message>
        <source>All layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Code</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Curves</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Data</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Excites</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Kernels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Maps</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Microscope</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mistakes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Points</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Problems</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recipe</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Runs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sample</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Spread</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sweep</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>samples</name>
    <message>
        <source>{name}, changed</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>scales</name>
    <message>
        <source>99.7 % of the values of each layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>99.7 % of the values of the layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All values of each layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All values of the layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Colours as in the whole run.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Colours span 99.7 % of the values of the layer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Colours span all values of the layer shown so far.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Colours span the same range in all layers.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Each map on its own scale</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Each on a scale of its own: their brightness cannot be compared.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Each slice on its own scale</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No value lies outside; a few large ones can make all others dark</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One scale for all layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Scale</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shows what is in each, but brightness cannot be compared</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>So that a few large values do not make all others dark</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The widest range of all layers in view, so that layers compare</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>While training the range widens at once and never narrows, so that the colours of two moments compare. It is measured anew when training has paused at another step.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sentences</name>
    <message>
        <source>1 batch a second</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>1 batch in {seconds} seconds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A ReLU without a corner: always above 0, close to x for large values.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A block's name takes 1 to 64 printed characters, not {name}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A class cannot be named “{name}”: the name becomes that of a folder. Choose a name of letters and digits that is not that of a split, such as “train” or “test”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A folder with source, weights and a script that predicts; it runs where PyTorch is.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A network with errors cannot be exported: {sentence}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A number from {low} to {high}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A process was ended while it wrote the sweep in “{where}”. The sweep can be read again once it goes on.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A run can have {most} named or pinned moments, no more.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A sigmoid made of straight lines: 0 below −3, 1 above 3, a slope between.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A small network with batch normalization that learns digits within seconds.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A swish from cheap parts: 0 below −3, x above 3, a parabola between.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A value of {target} is given twice.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A whole number from {low} to {high}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A {kernel} kernel does not fit a {input} input in “{node}”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A {kernel} window does not fit a {input} input in “{node}”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>About {count} moments of this network fit into a run, {size} each.</source>
        <extracomment>English for a count of 1: About one moment of this network fits into a run, {size}.</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>Activation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add noise of this standard deviation to each pixel in [0, 1].</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add {kind}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Added to the sum so that nothing is divided by 0.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Added to the variance so that nothing is divided by 0.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Adds its inputs value by value. All have one shape; one number for each map (C×1×1) or one map for all (1×H×W) is added everywhere.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Adds rows and columns of zeros around each map, each side by itself.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Affine</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>AlexNet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>AlexNet (2012) cut to small images: five convolutions, overlapping pooling and dropout before two hidden layers.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>AlexNet, 28×28</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All layers with weights are frozen, also {kind} “{node}”, the last: training changes nothing.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All layers with weights are frozen, also {kind}, the last: training changes nothing.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Always the same bits: float32, a fixed number of threads, the seed above. Another processor, another version of PyTorch or a GPU may still differ in the last bits.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>An ELU with two fixed numbers, chosen so that values keep mean 0 and variance 1 from layer to layer.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Another process of this training has ended or does not answer: {reason}. “cnnviz runs resume”, started by torchrun too, goes on from the last recorded moment.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Another program has changed the file: it was read operator by operator.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>At most {most} runs are overlaid. Remove some of them first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>At step {step} the loss was no longer a number, and the first layer whose values left the range is “{layer}”: the weights grew without limit. Lower the learning rate and start over.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>At step {step} the loss was no longer a number: the weights grew without limit. Lower the learning rate and start over.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>At step {step} the test loss was no longer a number, and the first layer whose values left the range is “{layer}”: the weights grew without limit. Lower the learning rate and start over.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>At step {step} the test loss was no longer a number: the weights grew without limit. Lower the learning rate and start over.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>At step {step} the validation loss was no longer a number, and the first layer whose values left the range is “{layer}”: the weights grew without limit. Lower the learning rate and start over.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>At step {step} the validation loss was no longer a number: the weights grew without limit. Lower the learning rate and start over.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Attention</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Beginning and end</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bend each image smoothly by up to this much.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bends negative values smoothly towards −α and leaves the others as they are.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bias</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Blank a rectangle of up to this share of each side.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Blocks can be nested {most} deep, and no deeper.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Border added around the input, at most half of the window.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Border that is cut off the output.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Both sides</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Brings all values of a sample together to mean 0 and variance 1, then scales and shifts each.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Brings each group of maps of a sample to mean 0 and variance 1, then scales and shifts each map.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Brings each map of each sample to mean 0 and variance 1, so that contrast no longer matters.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Brings each map to mean 0 and variance 1 over the batch, then scales and shifts it by learned numbers.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Brings each number of a flat vector to mean 0 and variance 1 over the batch, then scales and shifts it by learned numbers.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Brings the values of all maps at a position to mean 0 and variance 1, then scales and shifts each map.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ceil mode</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Channels, height and width of an image.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Channels, height and width that come out.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>Computed in float32 here; while training, in bfloat16, {count} were wrong.</source>
        <extracomment>English for a count of 1: Computed in float32 here; while training, in bfloat16, 1 was wrong.</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>Concat “{node}” needs inputs of one height and width, but gets {shapes}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connect {source}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connect {source} through {kind}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connects every input with every output: each output is a weighted sum of all inputs.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>Continue with the change, keeping {kept} of {count} layers</source>
        <extracomment>English for a count of 1: Continue with the change, keeping {kept} of 1 layer</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>ConvNeXt (2022) cut to small images: six blocks modelled on transformers, with large kernels for each map.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>ConvNeXt-Tiny</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>ConvNeXt-Tiny, 28×28</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Convolution</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>Cut {count} layers</source>
        <extracomment>English for a count of 1: Cut 1 layer</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>Cuts the channels, or the numbers of a flat input, into equal chunks and passes on a single chunk.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cuts the same values, in the same order, into maps of another shape.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Dataset: other images, or images made from the pictures in another way.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Dataset: {before} → {after}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Dataset: {change}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Deals the maps of each group out to all groups, so that the next grouped layer reads from every group.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Decoding the images was broken off.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>Delete and reconnect {count} layers</source>
        <extracomment>English for a count of 1: Delete and reconnect 1 layer</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>Delete {count} layers</source>
        <extracomment>English for a count of 1: Delete 1 layer</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>DenseNet-121</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>DenseNet-121 (2016) cut to small images: in each block every layer reads the maps of all layers before it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>DenseNet-121, 28×28</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Distance between the pixels that a kernel writes to.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Distance between the pixels that the window reads; 1 reads them all.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Divides each value by the strength of the maps beside it at the same place.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>Duplicate {count} layers</source>
        <extracomment>English for a count of 1: Duplicate 1 layer</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>Eight fire modules (2016) with 50 times fewer parameters than AlexNet, at its published size.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Eight residual blocks of two convolutions (2015), at its published size.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Eighteen blocks with large kernels, layer normalization and GELU (2022), at its published size.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>End after so long without a better validation accuracy; 0 is never.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Enlarges each map: repeats its values, or draws straight lines between them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Every pixel is divided by it; one for all channels or one each.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Exponent: how strongly the sum divides.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fast</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Feed all from {source}, remove {node}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fit it to {dataset}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Four blocks in which every layer reads the maps of all layers before it (2016), at its published size.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Four whole numbers from {low} to {high}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>Freeze {count} layers</source>
        <extracomment>English for a count of 1: Freeze 1 layer</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>Fully connected</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>GoogLeNet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>GoogLeNet (2014) cut to small images: nine inception modules, each of four paths side by side.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>GoogLeNet, 28×28</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>Group {count} layers</source>
        <extracomment>English for a count of 1: Group 1 layer</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>GroupNorm “{node}” normalizes each group of maps by itself, but its groups are a single value each.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Height and width of the window.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Height and width of what each input value spreads over.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Height and width that come out, whatever goes in.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How far each step goes. Too high and it diverges, too low and it crawls.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How far the window moves between two outputs.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How far two neighbours of the input stand apart in the output.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How gradients become steps: plain descent, or steps adapted to each weight.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How long the rate rises from 0 at the start; 0 is not at all.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How long the rate stays before it is lowered.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How many attentions run side by side, each on its share of the channels.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How many images one step learns from.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How many kernels are learned, and so how many maps come out.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How many maps come out.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How many neighbouring maps count.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How many numbers come out.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How many threads compute; other numbers of them round differently.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How many times higher and wider the maps become.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How many training images are set aside for validation: the network does not learn from them, so they show whether it only memorizes the others. 0 is none.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How much the neighbours weigh.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How often all training images are seen.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How sharp the bend at 0 is; the larger, the closer to a ReLU.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How strongly weights are pulled towards 0 at each step.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How the learning rate changes while training; “plateau” lowers it where validation stalls.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Imported from {name}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>Imported from {name}: {used} of {count} tensors.</source>
        <extracomment>English for a count of 1: Imported from {name}: {used} of 1 tensor.</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>Input “{node}” expects {shape}, but the images of the dataset are {wanted}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>Input “{node}” has {channels} channels, but {count} values for {what}.</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>Inputs of “{name}”: {before} → {after}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Insert {kind}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Instance normalization</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>InstanceNorm2d “{node}” normalizes each map by itself, but its maps are a single value each.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Into how many chunks the channels are cut.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Into how many groups the maps are split before they are dealt out.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Into how many groups the maps are split; each is convolved for itself.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Into how many groups the maps are split; each is normalized for itself.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Into how many groups the maps are split; each is spread for itself.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It has far more operators than any network here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It has more than {most} tensors, which no network has.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It has no layers.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It has several outputs; the first, “{name}”, is taken.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>It has {count} kinds of operators without a layer here: {names}.</source>
        <extracomment>English for a count of 1: It has an operator without a layer here: {names}.</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>It holds no state dict. Save one with torch.save(model.state_dict(), …).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It holds no weights: a safetensors file, or a state dict of PyTorch, does.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It holds objects of {names}, and no state dict: a whole model cannot be read without running its code. Where it was made, save its weights with torch.save(model.state_dict(), …).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It holds sparse or quantized weights, or a training, which are not read.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is a TorchScript program, not weights. Load it with torch.jit.load, and save its state_dict() with torch.save.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is a model of Keras, which is not read. An ONNX file is, which Keras writes with model.export(FILE, format="onnx").</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is a pickle, which is never loaded. Save the weights with torch.save or as safetensors.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is a web page, not weights. Download the file itself.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is a zip archive, but holds no state dict of PyTorch. Save one with torch.save.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is an HDF5 file, as Keras writes it, which is not read. An ONNX file is, which Keras writes with model.export(FILE, format="onnx").</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is damaged: {reason}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is empty.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is no tensor of a layer that this program has.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is not a cnnviz project.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is not a cnnviz project: its content is not JSON.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is not as it was written.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is not text.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is only the name of a file in Git LFS. Fetch the file itself with “git lfs pull”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is part of an auxiliary head, which serves training only.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is too large.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is truncated or damaged, or no ONNX file. Replace it by a complete copy.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is truncated or damaged. Replace it by a complete copy.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is truncated. Replace it by a complete copy.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It makes PyTorch call “{name}”, which no weights need. Do not load it with other programs either, unless you trust where it comes from.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It uses version {version} of ONNX's operators; {oldest} to {newest} are read. Save it in another version.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It was not verified.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It was packed anew by another program. Load it with PyTorch, and save it again with torch.save.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It was saved by a newer cnnviz (file version {version}; this one reads up to {newest}). Update cnnviz to open it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its images have their channels last; here the channels come first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>Its input are {count} numbers; here they are the pixels of an image of {size}.</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>Its input has the sizes {size}. The number of channels, the height and the width of images have to be fixed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its list of tensors is damaged.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its list of tensors is larger than that of any network.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its list of tensors uses the instruction {name}, which no weights need.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its name and notes are damaged: give them again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its network has no input; a network here has one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its network has {number} inputs, {names}; a network here has one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its output are not numbers for classes, but maps with the channels last.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its output does not depend on the images.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its values are stored as {kinds}, and are converted to float32.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its {place} is damaged: {reason}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Joining paths</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>Keep the weights, train only {count} new layers</source>
        <extracomment>English for a count of 1: Keep the weights, train only 1 new layer</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>Keeps one number for each map, its largest value; what comes out is flat, ready for Dense.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keeps one number for each map, its mean; what comes out is flat, ready for Dense.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keeps the largest value of each of as many windows as are wanted, so that any input gives one output size.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keeps the largest value of each window, map by map; learns nothing.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keeps the mean of each of as many windows as are wanted, so that any input gives one output size.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keeps the mean of each window, map by map; learns nothing.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keras</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keras has no layer like {kind} “{node}” with {what}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keras has no layer like {kind} “{node}”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keras tutorial</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Kernels and maps could not be made, and those on screen may be old: {reason}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer “{name}” cannot be read. {reason}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer “{name}” has a setting that this cnnviz does not know: {setting}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Layer “{name}” is of the kind “{kind}”, which this cnnviz does not know.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>LeNet-5</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lets every position gather from all others, weighted by how well their features fit together.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: a character with the code 0 stands here. Source is text without such characters: the file is damaged, or something else.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: how the decorator {value} changes {name} cannot be told without running the source.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: tensors of several inputs meet here. Only networks with one input are read.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: the activation {value} is not known here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: the argument {argument} of {name} is not known here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: the arguments in {value} do not fit.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: the images are scaled for a part of the layers only.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: the log-softmax at the end is left out: the Output contains the softmax, and the loss the logarithm.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: the network computes something else in training than in evaluation. Only networks that are the same in both can be read.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: the network returns a {value}. Only a single tensor can be its output.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: the output of Python is left out.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: the scaling of the images is left out or becomes a part of the Input: images are in [0, 1] here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: the softmax at the end is left out, as the Output contains it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: the source stops here: {value}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>Line {line}: the source takes each image as {count} values. Here images of {size} come in, and a Flatten follows.</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>Line {line}: this Dense computes each position of its maps alone, and so becomes a 1×1 convolution.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: this Sequential has no layers.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: this Sequential is a part of the class {name}, whose forward decides what else happens. Paste the Sequential alone.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: this is not Python ({reason}).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: this is not the whole JSON of a notebook. Copy its code cells, or the whole file.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: this model begins in the middle of another one. Only whole networks are read.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: this {name} also drops values in evaluation; here it does so in training only.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: this {name} stands in the chain more than once, with the same weights each time. Layers here have weights of their own: write one for each place.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: this {name} works as in training or as after it, always; here it follows the training.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: this {name} works in training only and is left out here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: whether and how often {value} runs cannot be told without running the source.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: whether {value} holds cannot be told without running the source.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: {argument} of {name} has no counterpart here and is left out.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: {name} comes from {origin}. Only layers of torch and Keras are read.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: {name} expects {argument}={value}, but gets {actual} from the layer before it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: {name} gets its values in another order than here, and no Dense before it makes up for that.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: {name} has more arguments than are known here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: {name} has no layers between its input and its output.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: {name} has {argument}={value}, which has no counterpart here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: {name} is defined in line {where} of the source itself. Only layers of torch and Keras are read.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: {name} is made nowhere in the source, and needs arguments. Add a line that makes it, such as model = {name}({value}).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: {name} is never used by the network, and is left out.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: {name} is no layer that is known here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: {name} is used more than once, with the same weights each time. Layers here have weights of their own: write one for each use.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: {name} lacks its argument {argument}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: {name} may be another layer, because line {where} changes it: {value}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: {reason}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: {value} becomes a part of the Input.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: {value} cannot be told without running the source.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: {value} cannot be told without running the source: images of {size} are assumed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: {value} changes the layers in a way that is not read here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: {value} has its channels last, as the source sets no other format.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: {value} has no counterpart among the layers here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: {value} has one side of the kernel and then the strides, as in Keras today. In Keras 1 both numbers were sides of the kernel.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: {value} is left out, as its numbers cannot be told or differ within the source. Enter mean and standard deviation in the Input.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: {value} is left out: the weights begin here as they do in PyTorch itself.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: {value} is not defined in the source.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: {value} is not followed; the Sequential is taken as it was before.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: {value} is read as channels first, which was usual in Keras 1.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line {line}: {value} needs {wanted} values for each image, but gets {actual}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Longest gradient that is followed in full; 0 is no limit.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Look ahead along the last step before taking the next one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>MACs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make each image larger or smaller by up to this share.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>MobileNet-V2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>MobileNet-V2 (2018) cut to small images: seventeen blocks that convolve each map by itself.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>MobileNet-V2, 28×28</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Move each image by up to this much in both directions.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>Move {count} layers</source>
        <extracomment>English for a count of 1: Move 1 layer</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>Move {node} in front of {target}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Multiplies each map by a number that is learned; a small start lets a residual branch fade in.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Multiplies each value by its own sigmoid: smooth, and slightly negative below 0.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Multiplies each value by the tanh of its softplus: smooth, and slightly negative below 0.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Multiplies its inputs value by value: one path can open or close another. All have one shape; one number for each map (C×1×1) or one map for all (1×H×W) weighs everywhere.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Multiplies negative values by a slope that is learned, from 0.25 on.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Multiplies negative values by a small slope, so that they keep a gradient.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nesterov</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nine inception modules of four paths side by side (2014), at its published size, without the auxiliary heads.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No layer of the file is certain to be this one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No layer of the network has its name or its shapes.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No network was found: no nn.Sequential(…) or keras.Sequential([…]), no class of PyTorch with a forward, and no model of Keras.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No recorded moment has filter {filter}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>None of the {count} images in “{name}” can be read.</source>
        <extracomment>English for a count of 1: The only image in “{name}” cannot be read.</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>Normalization</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not the same: {program} computes logits that differ by up to {difference:.2g}. Do not use the files.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not verified: that takes {packages}, {lacks}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing could be exported to “{name}”: {reason}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing could be written to “{name}”: {reason}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing has been trained yet, so there are no weights to keep.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing has been trained yet, so there is nothing to test.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Number format while training; “auto” takes bfloat16 where this computer is faster with it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>ONNX</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of each {kernel} kernel of “{node}” only {used} weights meet its {size} input: the others meet padding alone and learn nothing. Take a smaller kernel, or fewer layers with a stride before it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Old files do not count batches: it begins at 0.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>On or off.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One file for onnxruntime, OpenVINO, TensorRT, Core ML and browsers.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One file with graph and weights, which torch.export.load reads without source.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One of its wires is damaged.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One of {choices}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One or more numbers from {low} to {high}, separated by semicolons.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One safetensors file with the weights alone, named as in the PyTorch source.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only a part of the block “{block}” is selected: select all of it, or nothing of it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Output “{id}” is the end; nothing follows it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Padding “same” works only with stride 1, but “{node}” has stride {stride}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Per channel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pooling</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>Predict {count} more epochs</source>
        <extracomment>English for a count of 1: Predict 1 more epoch</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>Probability that a map is set to 0 while training.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Probability that a value is set to 0 while training.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Probability that the branch is set to 0 while training.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Puts the maps of its inputs one behind the other; heights and widths must agree.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PyTorch</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PyTorch could not be loaded, so nothing can be measured: {reason}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PyTorch could not be loaded, so nothing can be trained: {reason}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PyTorch could not write the network: {reason}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PyTorch program</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PyTorch tutorial</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PyTorch wrote it before version 1.6, in a form that cannot be read safely. Convert it where you trust it: torch.save(torch.load(OLD, weights_only=True), NEW).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading “{name}” …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recipe: {change}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Regularization</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Remove {node}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Repeatable</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>ResNet-18</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>ResNet-18 (2015) cut to small images: eight blocks, each with a shortcut that is added to its output.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>ResNet-18, 28×28</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>ResNet-50</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>ResNet-50 (2015) cut to small images: sixteen bottlenecks, each with a shortcut.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>ResNet-50, 28×28</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Rows and columns added at the bottom and right; less than stride or dilation.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Self-attention</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Set batch size {value}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Set shape {value}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Set {node} {parameter} {value}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Set {parameter} {value}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Set {parameter} {value}, {second} {other}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sets negative values to 0 and leaves the others as they are.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sets negative values to 0 and values above 6 to 6, as in MobileNet-V2.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Seventeen inverted residuals of depthwise convolutions (2018), at its published size.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Several layers have its shapes, and names and order do not say which it is: {nodes}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shape</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Share of certainty that is taken from the right class.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Share of the last step that is added to the next one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Share of the newest batch in the running mean and variance.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>ShuffleNet-V2</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>ShuffleNet-V2 (2018) cut to small images: half of the maps pass each block unchanged, then they are shuffled.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>ShuffleNet-V2, 28×28</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sixteen blocks that split and shuffle the maps (2018), at its published size.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sixteen residual bottlenecks (2015), at its published size.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Slant each image by up to this much, either way.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Slides kernels over all input maps; each output map sums the products of one stack of kernels.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Spreads a kernel over the output for each input value and adds up, which enlarges the maps by the stride.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>SqueezeNet (2016) cut to small images: eight fire modules that squeeze the maps before they expand them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>SqueezeNet 1.1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>SqueezeNet 1.1, 28×28</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Squeezes each value into the range from 0 to 1.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Squeezes each value into the range from −1 to 1.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Subtracted from every pixel; one for all channels or one each.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sweeps need Optuna, {lacks}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take {kind} instead</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The GPU no longer answers ({reason}). Save your project and start the program again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The GPU no longer answers. Save your project and start the program again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The GPU “{name}” cannot be used ({trouble}); choose “cpu”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The Input subtracts {mean} from pixels between 0 and 1, and divides by {std}: set it if these weights were trained with other numbers.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The Output needs one number for each class, but gets {shape}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The autosaved copy could not be removed: {reason}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The best weights of this run are not known. Its moments are at the steps: {steps}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The bias of {kind} has no effect: {norm} “{following}” subtracts the mean of each channel, and the bias with it. Turn the bias off.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The bias of {kind} “{node}” has no effect: {norm} “{following}” subtracts the mean of each channel, and the bias with it. Turn the bias off.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The block “{block}” holds “{id}”, which is no layer of the network.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The block “{block}” would be inside itself.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The classes in “{name}” have changed since these images were chosen: choose them anew.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The connection to {host} broke off after {have:,.1f} MB of “{name}”. Try again: it goes on from there.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The constant “{name}” is of a kind that is not read.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The curves of this run are on screen already: overlay others.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The dataset cannot be read. {reason}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The dataset has a setting that this cnnviz does not know: {setting}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>The dataset has {wanted} classes, but the Output gets {count} numbers.</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>The dataset's name cannot be {name}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The dataset's {setting} cannot be {value}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The dataset's {setting} must be a whole number from 0, not {value}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The decoded images could not be kept in the cache: {reason}. Make room on the disk.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The description of the dataset's images is damaged.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The drawing could not be kept in “{name}”: {reason}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file has {there} classes, the network {here}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The files of {title} on this machine are damaged, so they were deleted. Fetch it again to download them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The files of “{name}” are called “{stem}”: their names have letters, digits, -, _ and . only.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The folders “{name}” and “{other}” stand for the same images: rename one of them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The images do not fit into memory, and could not be kept in the cache: {reason}. Make room on the disk, or close other programs.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The images do not fit into memory, and what was written to the cache could not be read again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The images do not have the size that this network takes.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The images of {dataset} are no longer at “{path}”. Put them back, or choose other images: until then this network can be looked at and changed, but not trained.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The images of {dataset} do not come with cnnviz: this network can be looked at and changed, but not trained.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The images of {title} do not come with the program.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The input “{name}” takes no real numbers, as images have them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The inputs of “{id}” are not numbered one after the other.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The layer of the file has no bias; a bias of 0 computes the same.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The layer “{node}” has no parameter “{name}”; it has: {allowed}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The moment at step {step} of the recorded run “{name}” is damaged. Choose another moment.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The name could not be kept: {reason}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The name or pin of the moment could not be kept: {reason}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The network cannot be trained. {problem}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The network has more than {most} layers.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The network has no Input. Every network starts with one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The network has no Output. Every network ends with one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The network has no class number {number}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The network has no layer “{node}”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The network has one class only, so that it cannot be fooled.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>The network has {count} Inputs, but only one can be fed. Remove all but one.</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>The network has {count} Outputs, but only one can be trained. Remove all but one.</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>The network says this class already.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The network that read handwritten digits in 1998: tanh and averaging where later ones have ReLU and maxima.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The network that won ImageNet in 2012 and began it all, at its published size.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The network's output is not a number for some images.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The network's output is not a number, so that it cannot be explained.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The network's output is not a number, so that it cannot be fooled.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The operators form a cycle through “{name}”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The optimizer has counted an impossible number of steps.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The optimizer remembers less than it should.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The optimizer remembers more or less than it should.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The other program could not run the file: {reason}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The other program returns {there}, not {here}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The output of {node} is not a number for some images.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The output padding {padding} of “{node}” must be less than its stride {stride} or dilation {dilation}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The padding {padding} of “{node}” cuts off all of its {uncut} output.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The padding {padding} of “{node}” cuts off so much of its output that some values of its input have no effect. Make it smaller.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The padding {padding} of “{node}” is more than half of its {kernel} window.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The project could not be autosaved: {reason}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The project of the recorded run in “{name}” is damaged. {reason}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The random state of a layer is damaged.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The recipe cannot be read. {reason}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The recipe has a setting that this cnnviz does not know: {setting}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The recorded numbers are missing.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The recorded numbers could not be read: {reason}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The recorded run in “{name}” could not be read: {reason}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The recorded run in “{name}” has lost its project.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The recorded run “{name}” has no moment at step {step}; the nearest is at step {nearest}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The recorded run “{name}” has no moments to go on from.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The replay could not be saved as “{path}”: {reason}. Another folder may do.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>The replay of {count} moments is saved as “{path}”.</source>
        <extracomment>English for a count of 1: The replay of 1 moment is saved as “{path}”.</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>The run could not be brought back: {reason}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The run could not be deleted: {reason}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The run “{name}” has no moment at step {step} any more.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The same for Keras 3, with PyTorch, TensorFlow or JAX below it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The seed of the random choice: another number sets other images aside.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The size of “{name}” does not agree with its values. The file is damaged.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>The slices of {count} filters that read map {map} of {source}.</source>
        <extracomment>English for a count of 1: The slices of 1 filter that reads map {map} of {source}.</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>The softmax at the end is left out, as the Output contains it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The source does not say how large the images are: {size} is assumed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The source has several networks ({names}); {name} is taken.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>The source has {count} Sequential models; the last one, in line {line}, is taken.</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>The source has {count} characters; more than {most} are not read.</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>The source is nested too deeply to be read.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The sweep cannot be kept in “{where}”: {reason}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The sweep in “{where}” cannot be read now: {reason}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The sweep “{name}” varies another network or other values; choose another --name.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The system gives this program no thread to train on ({reason}). Close other programs.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The tensors of “{name}” do not belong to its network. {reason}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The value from which each γ is learned.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The value “{name}” is made twice. The file is damaged.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The value −α that very negative inputs come close to.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The values of “{name}” are missing in it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The values of “{name}” have changed since they were written.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The weights are those of another network.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The weights are those under “{key}”; not read: {others}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The weights at step {step} of the recorded run “{name}” do not fit its network. Choose another moment.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The weights could not be kept in “{name}”: {reason}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The weights in “{name}” cannot be read. {reason}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The weights of GoogLeNet that torchvision offers were trained with mean 0.5 and deviation 0.5.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>The weights of {count} units for map {map} of {source}.</source>
        <extracomment>English for a count of 1: The weights of 1 unit for map {map} of {source}.</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>The weights of {count} units for value {map} of {source}.</source>
        <extracomment>English for a count of 1: The weights of 1 unit for value {map} of {source}.</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>The weights of {kind} “{name}” do not have the size that its input demands: {shape}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The weights take {size:.1f} GB, and an ONNX file holds 2 GB at most. Export them as safetensors.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The windows of {kind} reach only {reached} of the {size} rows and columns of its input: parts of the image have no effect. Make the window larger or the stride smaller.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The windows of {kind} “{node}” reach only {reached} of the {size} rows and columns of its input: parts of the image have no effect. Make the window larger or the stride smaller.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The wires form a cycle through “{id}”; images could never come out of it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The {setting} must be a number, not {value}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The {setting} must be a whole number, not {value}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The {setting} must be from {low:g} to {high:,.10g}, not {value}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The {setting} must be one of {choices}, not {value}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The {tensor} has the shape {there} in the file, and {here} in the network.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There are no answers for these images yet: they have {shape}, and the network that was trained takes {wanted}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There are no weights yet. Export again in a moment.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There are tensors of an unknown kind.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There are two blocks {block}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There are two layers named “{id}”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There are two layers named “{name}”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is a random state for a layer that draws no random numbers.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is already a class named “{name}”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is already a data set named “{name}”; choose another name.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no CUDA device on this computer; choose “cpu” or “auto”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no block {id}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no code for a network with errors: {sentence}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no data set named “{name}” that was added.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no data set named “{name}”; those that come with the program: {known}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no difference to show: {a} tiles of {first} and {b} of {second}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no layer named “{id}”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no network that can be trained.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no recorded run “{name}” any more.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no recorded run “{name}”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no run before this one to go back to.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no run that could be saved.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no such recorded moment. This run has moments at the steps: {steps}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no sweep in “{where}” yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no sweep in “{where}”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no “{name}” on this computer; choose “cuda”, “cpu” or “auto”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is not enough memory to open this run. Close other windows or programs.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is nothing to group: select the layers first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is too much in this source to read it. Paste the network alone, with the constants it uses.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There was not enough memory</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There was not enough memory for a copy of the weights.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There was not enough memory for a step. Lower the batch size from {size} to {half} or make the network smaller, then start over.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There was not enough memory for a step. Lower the batch size or make the network smaller, then start over.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There was not enough memory for a step. Make the network smaller, then start over.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>These layers are the block “{block}” already.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Thirteen convolutions of 3×3 and three large Dense layers (2014), at its published size.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This PyTorch is built for processors alone and has no CUDA device; choose “cpu” or “auto”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This change needs a training from scratch.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This is not Python ({reason}).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This is not the whole JSON of a notebook. Copy its code cells, or the whole file.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This run could not be opened: {reason}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This run failed: start over.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This run has no recorded moment, so there are no weights to export.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This run is no longer recorded. {reason} Training goes on.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This run was deleted, so it is no longer recorded. Training goes on.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This run was trained on a GPU, and there is none here; choose “cpu” to go on without it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Three convolutions whose maps are normalized image by image, so that contrast does not matter.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Three whole numbers from {low} to {high}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Training cannot go on from step {step} of the recorded run “{name}”. {reason}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Training stopped: {reason}. Start over; if it happens again, start the program again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Training this network at a batch size of {size} takes about {total}, and to be safe {needed} must be free, but only {available} of memory are. A batch size of {fits} would fit.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Training this network takes about {total}, and to be safe {needed} must be free, but only {available} of memory are. Most of it is in {kind} “{node}”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Training this network takes about {total}, and to be safe {needed} must be free, but only {available} of memory are. Most of it is in {kind}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Turn each image by up to this much, either way.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Turn {parameter} off</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Turn {parameter} on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Turns the channels at each position, or the numbers of a flat input, into shares that sum to 1.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Two convolutions and a hidden layer of 128, trained by plain stochastic gradient descent.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Two convolutions and a hidden layer of 64, trained by Adam.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Two convolutions, then two blocks in which every position of the maps looks at all others.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Two whole numbers from {low} to {high}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>Unfreeze {count} layers</source>
        <extracomment>English for a count of 1: Unfreeze 1 layer</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>Unfreeze {node}</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>Ungroup {count} blocks</source>
        <extracomment>English for a count of 1: Ungroup 1 block</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>VGG-16</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>VGG-16 (2014) cut to small images: thirteen convolutions of 3×3, here with batch normalization.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>VGG-16, 28×28</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>Validation images by class after {count} epochs; click a class</source>
        <extracomment>English for a count of 1: Validation images by class after 1 epoch; click a class</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>Verified: {program} computes the same logits for {images} images of noise, but for {difference:.2g}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Verified: {program} gives the same answer for {same} of {images} images. {there} of its answers are right, here {here}. The largest difference of a logit is {difference:.2g}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Weighs each value by the probability that a normal random number is smaller.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Weights</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>What mattered can be said after {count} complete trials; complete so far: {there}.</source>
        <extracomment>English for a count of 1: What mattered can be said after 1 complete trial; complete so far: {there}.</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>What negative values are multiplied by.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the optimizer remembers does not belong to this network.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the rate is multiplied by when it is lowered.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What was noted where the run began is damaged.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What was written to the cache of decoded images could not be read again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where chance begins; the same seed gives the same first weights and order of images.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where images enter: scaled to [0, 1], then normalized by mean and standard deviation.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where the network answers: one number (logit) for each class; softmax turns them into probabilities.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Where β · x is larger, y = x is taken, so that nothing overflows.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Whether a last window that hangs over the edge counts too.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Whether a learned number is added to each map.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Whether a learned number is added to each output.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Whether a scale γ and a shift β are learned for each map.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Whether a scale γ and a shift β are learned for each number.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Whether a scale γ and a shift β are learned for each value.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Whether chance decides for each image alone or for the whole batch.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Whether each map learns a slope of its own; otherwise all share one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Whether learned numbers are added to queries, keys, values and the result.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Whether values are repeated or blended.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Whether Φ is computed exactly or by a formula with tanh.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which chunk comes out; the first has the number 0.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>While training, drops a whole residual branch with probability p; does nothing when looking or testing.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>While training, sets each value to 0 with probability p; does nothing when looking or testing.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>While training, sets whole maps to 0 with probability p; does nothing when looking or testing.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>With its padding some windows of “{node}” see nothing of its {input} input, only padding, so part of its output is the same for every image. Make the padding smaller or the kernel larger.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>With {images} training images and a batch size of {size}, an epoch has fewer than {least} steps, and the weights change only once a step. A batch size of {fits} gives more steps.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Writes all maps out as one vector, channel by channel, row by row.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Writing “{name}” …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Zeros added around the input; “same” keeps its size.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Zeros added at the left, right, top and bottom.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>a constant takes part that belongs to no layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>a copy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>a last window that hangs over the edge (ceil_mode)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>a number from {low:g} to {high:,.10g}</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>a region of {shape} in {count} maps</source>
        <extracomment>English for a count of 1: a region of {shape} in 1 map</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>a run that was not recorded</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>a whole number from {low:g} to {high:,.10g}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>about {time}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>adagrad</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>adam</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>adamw</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>affine</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>alpha</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>an input that has to be a constant is computed</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>and values of {count} other layers</source>
        <extracomment>English for a count of 1: and values of 1 other layer</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>another process has kept it locked for {seconds:.3g} seconds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>approximate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>auto</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>batch</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>batch size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>begins anew</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>best validation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>beta</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>bfloat16</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>bias</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>bilinear</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>by its name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>by order and shape</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>ceil mode</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>chunks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>clip norm</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>constant</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>cosine</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>degrees</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>dilation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>elastic</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>epochs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>eps</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>erasing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>failed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>first weights, not trained</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>float32</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>four whole numbers (left, right, top, bottom) from {low:g} to {high:,.10g}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>from step {step}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>groups</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>head = softmax(Q Kᵀ / √d) V;  Q, K, V = x W + b;  y = [heads] W_out + b_out;  d = C / heads</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>highest bar: {count} values</source>
        <extracomment>English for a count of 1: highest bar: 1 value</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>images</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>images/s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>index</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>init value</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>is 0</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>it also returns the places of the maxima</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>it cuts along another axis than that of the channels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>it cuts off more at the bottom or right than at the top or left</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>it does not enlarge maps by whole numbers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>it does not get maps with height and width</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>it does not have two axes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>it interpolates in another way than here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>it is a device, not an ordinary file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>it is a folder, not an ordinary file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>it is a pipe, not an ordinary file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>it is a socket, not an ordinary file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>it is larger than {most} bytes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>it is used in a way that is not known</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>it joins along another axis than that of the channels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>it keeps other axes than that of the batch</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>it makes neither flat vectors nor maps</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>it mixes the images of a batch</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>it multiplies maps, not flat vectors, with a matrix</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>it normalizes a part of the axes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>it pads or cuts other axes than height and width</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>it pads with another number than 0</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>it reduces other axes than height and width</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>it removes other axes than height and width of 1</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>it runs along another axis than that of the channels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>it states its output size, not its padding</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>it takes other values than a row of channels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>it turns axes in another way than between channels first and channels last</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>its attribute {name} is not read</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>its attribute {name} is {value}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>its bias does not have one number for each output</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>its constants are others</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>its database needs the Python package “{package}”, which is not installed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>its factors are not known without the images</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>its first input is not computed from the images</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>its groups do not divide the channels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>its name cannot be written in the character set of this system</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>its padding differs between the sides</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>its padding is not four numbers from 0 on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>its padding is not known</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>its padding is not known without the images</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>its part of the channels is none of equal chunks</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>its scale does not have the shape of its input</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>its settings are damaged</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>its shape does not fit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>its shape is not known without the images</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>its slope is not 1/6</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>its slopes are not one for all or one for each channel</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>its weights are for {count} channels</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>its weights are no real numbers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>its weights have another size than its kernel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>k</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>kernel size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>label smoothing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>last validation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>last validation loss</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>learning rate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>left out</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>loss at best</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>maps</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>mean</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>mean of the last {count} batches</source>
        <extracomment>English for a count of 1: mean of the last batch</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>mode</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>momentum</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>nearest</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>negative slope</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>nesterov</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>noise</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>none</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not a number</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>not heard of for {count} minutes</source>
        <extracomment>English for a count of 1: not heard of for 1 minute</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>not used</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>num groups</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>num heads</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>off</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>one core of a server's processor with bfloat16 instructions (AVX512-BF16)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>one of {choices}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>one or more numbers from {low:g} to {high:,.10g}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>one-cycle</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>optimizer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>other images</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>out channels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>out features</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>output padding</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>output size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>p</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>padding</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>parameters</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>patience</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>per channel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>pixels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>plateau</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>precision</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>pᵢ = exp(zᵢ) / Σⱼ exp(zⱼ);  loss = −log p(label)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>rate {first} → {last}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>rate {rate}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>repeatable</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>rmsprop</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>rotation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>row</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>same</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>same settings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>scale factor</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>scaling</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>schedule</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>seed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>sgd</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>shape</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>shear</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>shift</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>split seed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>std</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>step</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>step epochs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>step factor</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>step {step} of the run “{name}”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>step {step} of the run “{name}”; {accuracy:.2%} of the validation images were right there</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>stride</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>tanh</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>test</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>that is a folder, and a sweep is kept in a file, such as sweep.journal</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>that is neither a file nor the URL of a database, such as {example}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>that is not the URL of a database, such as {example}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the channels of its input are last, and it reads them as if they were first</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the file is damaged, or holds something else</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the maps beside each map are counted in another way than here</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>then {count} errors are left</source>
        <extracomment>English for a count of 1: then 1 error is left</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>there is not enough memory for it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>they take {needed:,} MB, and {free:,} MB are free</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>threads</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>three whole numbers (channels, height, width) from {low:g} to {high:,.10g}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>threshold</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>time</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>training</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>training loss</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>true or false</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>two whole numbers from {low:g} to {high:,.10g}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>units</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>validation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>values can only be cut off below 0, or below 0 and above 6</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>warm up</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>weight decay</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>weights of “{file}”</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>which is not installed: {command}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>which the standalone program does not have. Where cnnviz runs in an environment of Python: {command}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>with the network</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y = (exp(x) − exp(−x)) / (exp(x) + exp(−x))</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y = (x − mean) / std</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y = 1 / (1 + exp(−x))</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y = [x₀, x₁, …]</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y = log(1 + exp(β · x)) / β;  y = x where β · x &gt; threshold</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y = max(0, x)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y = min(max(0, x), 6)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y = min(max(x + 3, 0), 6) / 6</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y = x / (1 + exp(−x))</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y = x for x &gt; 0;  y = α · (exp(x) − 1) otherwise</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y = x for x ≥ 0;  y = a · x otherwise, a learned</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y = x for x ≥ 0;  y = slope · x otherwise</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y = x · mask / (1 − p) while training, a mask for each image or batch;  y = x otherwise</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y = x · mask / (1 − p) while training;  y = x otherwise</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y = x · min(max(x + 3, 0), 6) / 6</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y = x · tanh(log(1 + exp(x)))</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y = x · Φ(x);  with “tanh”: y = x/2 · (1 + tanh(√(2/π) · (x + 0.044715 · x³)))</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y = x₀ + x₁ + …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y = x₀ · x₁ · …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y = γ · (x − mean) / √(var + ε) + β</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y = γ · (x − mean) / √(var + ε) + β, mean and variance over c</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y = γ · (x − mean) / √(var + ε) + β, mean and variance over c, i, j</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y = γ · (x − mean) / √(var + ε) + β, mean and variance over i, j</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y = γ · (x − mean) / √(var + ε) + β, mean and variance over the maps of a group</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y = λ · x for x &gt; 0;  y = λ · α · (exp(x) − 1) otherwise;  λ = 1.0507, α = 1.6733</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y[(c·H + i)·W + j] = x[c, i, j]</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y[c, i, j] = 1 / (k_h · k_w) Σ(u, v) x[c, i·s + u − p, j·s + v − p]</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y[c, i, j] = max of x[c] over rows ⌊i·H/h⌋ … ⌈(i+1)·H/h⌉ and columns likewise</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y[c, i, j] = max(u, v) x[c, i·s + u − p, j·s + v − p]</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y[c, i, j] = mean of x[c] over rows ⌊i·H/h⌋ … ⌈(i+1)·H/h⌉ and columns likewise</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y[c, i, j] = x[(c·H + i)·W + j], x written out as one vector</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y[c, i, j] = x[c, i − top, j − left] inside;  0 in the border</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y[c, i, j] = x[c, ⌊i / s⌋, ⌊j / s⌋];  bilinear: weighted mean of the four nearest</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y[c] = (1 / (H · W)) Σ(i, j) x[c, i, j]</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y[c] = exp(x[c]) / Σ(k) exp(x[k])</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y[c] = max(i, j) x[c, i, j]</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y[c] = x[c] / (k + (α / n) Σ x[c']²)^β over the n maps c' around c</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y[c] = x[c] · mask[c] / (1 − p) while training;  y = x otherwise</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y[c] = x[index · n + c], c from 0 to n − 1, n = ⌈C / chunks⌉</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y[c] = γ[c] · x[c], γ learned</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y[k · groups + g, i, j] = x[g · n + k, i, j], n = C / groups</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y[o, i, j] = b[o] + Σ(c, u, v) w[o, c, u, v] · x[c, i·s + u·d − p, j·s + v·d − p], c over the input maps of the group of o</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y[o, i·s + u·d − p, j·s + v·d − p] += w[c, o, u, v] · x[c, i, j];  y[o] += b[o]</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>y[o] = b[o] + Σ(i) w[o, i] · x[i]</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>zeros of its padding count in another way than here</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>{count} bytes of the recorded numbers are damaged and were left out.</source>
        <extracomment>English for a count of 1: One byte of the recorded numbers is damaged and was left out.</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} changes</source>
        <extracomment>English for a count of 1: 1 change</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} classes</source>
        <extracomment>English for a count of 1: 1 class</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} classes have no training images</source>
        <extracomment>English for a count of 1: 1 class has no training images</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} classes, each with a weight for every value of the {slices} maps of {source}.</source>
        <extracomment>English for a count of 1: 1 class, with a weight for every value of the {slices} maps of {source}.</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} classes, each with {slices} weights, one for each value of {source}.</source>
        <extracomment>English for a count of 1: 1 class, with {slices} weights, one for each value of {source}.</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} days</source>
        <extracomment>English for a count of 1: 1 day</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} drawings</source>
        <extracomment>English for a count of 1: 1 drawing</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} entries beside its tensors are not weights, and are not read.</source>
        <extracomment>English for a count of 1: One entry beside its tensors is no weight, and is not read.</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} epochs</source>
        <extracomment>English for a count of 1: 1 epoch</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} epochs done</source>
        <extracomment>English for a count of 1: 1 epoch done</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} errors</source>
        <extracomment>English for a count of 1: 1 error</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} exports are finished. File &gt; Export tells what became of them.</source>
        <extracomment>English for a count of 1: 1 export is finished. File &gt; Export tells what became of it.</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} files are left out</source>
        <extracomment>English for a count of 1: 1 file is left out</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} filters of a single slice: {source} has one map.</source>
        <extracomment>English for a count of 1: 1 filter of a single slice: {source} has one map.</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} filters, each a stack of {slices} slices for its group of the maps of {source}.</source>
        <extracomment>English for a count of 1: 1 filter, a stack of {slices} slices for its group of the maps of {source}.</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} filters, each a stack of {slices} slices, one for each map of {source}.</source>
        <extracomment>English for a count of 1: 1 filter, a stack of {slices} slices, one for each map of {source}.</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} filters, each for a single map of {source}.</source>
        <extracomment>English for a count of 1: 1 filter for a single map of {source}.</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} images are in two splits</source>
        <extracomment>English for a count of 1: 1 image is in two splits</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} images in the frame, {wrong} wrong</source>
        <extracomment>English for a count of 1: 1 image in the frame, {wrong} wrong</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} images of {label} are recognized ({share} % of {label})</source>
        <extracomment>English for a count of 1: 1 image of {label} is recognized ({share} % of {label})</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} images of {label} are taken for {said} ({share} % of {label})</source>
        <extracomment>English for a count of 1: 1 image of {label} is taken for {said} ({share} % of {label})</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} labels that at least {least} of {of} epochs deny: the label is wrong, or the image hard</source>
        <extracomment>English for a count of 1: 1 label that at least {least} of {of} epochs deny: the label is wrong, or the image hard</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} layers</source>
        <extracomment>English for a count of 1: 1 layer</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} layers are selected. Select a single one to change its settings.</source>
        <extracomment>English for a count of 1: 1 layer is selected.</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} layers begin anew: {names}.</source>
        <extracomment>English for a count of 1: One layer begins anew: {names}.</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} layers kept</source>
        <extracomment>English for a count of 1: 1 layer kept</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} maps of {node}, {shape} each, for this sample.</source>
        <extracomment>English for a count of 1: 1 map of {node}, {shape}, for this sample.</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} min</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} moments</source>
        <extracomment>English for a count of 1: 1 moment</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} more</source>
        <extracomment>English for a count of 1: 1 more</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} of its values are not finite numbers: the network cannot compute with them.</source>
        <extracomment>English for a count of 1: One of its values is not a finite number: the network cannot compute with it.</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} of the values {first} to {last}</source>
        <extracomment>English for a count of 1: 1 value</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} of the {total} parameters are in {kind} “{node}”, because each value of the {shape} maps before “{flatten}” has weights of its own. Make the maps smaller first, with a pooling or a stride.</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} of the {total} parameters are in {kind} “{node}”, because “{before}” gives it {width} numbers, each with weights of its own. Let “{before}” give fewer.</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} of the {total} parameters are in {kind}, because each value of the {shape} maps before “{flatten}” has weights of its own. Make the maps smaller first, with a pooling or a stride.</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} of the {total} parameters are in {kind}, because “{before}” gives it {width} numbers, each with weights of its own. Let “{before}” give fewer.</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} of them silent.</source>
        <extracomment>English for a count of 1: {count} of them silent.</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} of {all} moments, from step {first} to step {last}, on one scale. A click goes to the moment.</source>
        <extracomment>English for a count of 1: 1 moment, at step {last}. A click goes to it.</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} of {all} moments, to step {last}: the change since step {first}, on one scale. A click goes to the moment.</source>
        <extracomment>English for a count of 1: 1 moment, at step {last}: there is no change since it yet.</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} of {total} images wrong · validation set · step {step}</source>
        <extracomment>English for a count of 1: 1 of {total} images wrong · validation set · step {step}</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} of {total} images wrong · validation set · steps {first} to {step}</source>
        <extracomment>English for a count of 1: 1 of {total} images wrong · validation set · steps {first} to {step}</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} of {total} {split} images are right, the surest first</source>
        <extracomment>English for a count of 1: 1 of {total} {split} images is right</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} of {total} {split} images are wrong, the surest mistakes first</source>
        <extracomment>English for a count of 1: 1 of {total} {split} images is wrong</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} parameters</source>
        <extracomment>English for a count of 1: 1 parameter</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} problems remain then: they stand under Problems, with their remedies.</source>
        <extracomment>English for a count of 1: 1 problem remains then: it stands under Problems, with its remedies.</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} recorded entries cannot be understood and were left out.</source>
        <extracomment>English for a count of 1: One recorded entry cannot be understood and was left out.</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} runs</source>
        <extracomment>English for a count of 1: 1 run</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} s</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} steps</source>
        <extracomment>English for a count of 1: 1 step</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} threads</source>
        <extracomment>English for a count of 1: 1 thread</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} trials</source>
        <extracomment>English for a count of 1: 1 trial</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} units, each with a weight for every value of the {slices} maps of {source}.</source>
        <extracomment>English for a count of 1: 1 unit, with a weight for every value of the {slices} maps of {source}.</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} units, each with {slices} weights, one for each value of {source}.</source>
        <extracomment>English for a count of 1: 1 unit, with {slices} weights, one for each value of {source}.</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} values</source>
        <extracomment>English for a count of 1: 1 value</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} values of {node} for this sample, in order.</source>
        <extracomment>English for a count of 1: 1 value of {node} for this sample.</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} values outside have the last colour</source>
        <extracomment>English for a count of 1: 1 value outside has the last colour</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} values outside have the last colour.</source>
        <extracomment>English for a count of 1: 1 value outside has the last colour.</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} warnings</source>
        <extracomment>English for a count of 1: 1 warning</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} wrong</source>
        <extracomment>English for a count of 1: 1 wrong</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} {split} images of class {label}, highest loss first</source>
        <extracomment>English for a count of 1: 1 {split} image of class {label}</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} {split} images of {label} where it says {said}, the surest first</source>
        <extracomment>English for a count of 1: 1 {split} image of {label} where it says {said}</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{count} {split} images that it is {low} to {high} % sure of, the wrong ones first</source>
        <extracomment>English for a count of 1: 1 {split} image that it is {low} to {high} % sure of</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{facts}, {count} values are infinite or not a number</source>
        <extracomment>English for a count of 1: {facts}, 1 value is infinite or not a number</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>{first} and {second}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{host} cannot be reached: {reason}. Check the connection to the network, and try again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{host} does not send “{name}”: it answers {code} ({reason}). Try again later.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{host} sends more for “{name}” than the file is large. Nothing of it was kept.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{hours:.2g} h</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{id} cannot identify a block.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>{images} · {count} classes</source>
        <extracomment>English for a count of 1: {images} · 1 class</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>{kind} adds nothing: its padding is 0 on all sides. Remove it, or set a padding.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} changes nothing: it multiplies negative values by 1. Remove it, or set a smaller slope.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} changes nothing: its chunk holds all channels. Remove it, or set more chunks.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} changes nothing: its input {shape} has the wanted size already. Remove it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} changes nothing: its scale factor is 1. Remove it, or set a larger factor.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} changes nothing: its window holds a single value. Remove it, or make the window larger.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} changes nothing: what it gets has the shape {shape} already. Remove it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} changes nothing: what it gets is flat already. Remove it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} changes nothing: with these numbers it divides by 1. Remove it, or set another alpha and beta.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} changes nothing: with this number of groups the channels keep their order. Remove it, or set another number.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} changes nothing: “{before}” gives no negative numbers. Remove it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} drops nothing: its probability is 0. Remove it, or set a probability.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} follows the activation “{before}” directly. Nothing is learned between them; one of the two is enough.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} gives the same numbers for every image: it compares each value with itself alone. Remove it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} has a single input and changes nothing. Connect another, or remove it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} has nothing to work on: connect its input.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} is not connected, so it takes no part in the network.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} joins flat vectors with maps: {shapes}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} leads nowhere, so it takes no part in the network.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} needs a flat input, but gets {shape}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} needs inputs of one shape, or C×1×1 or 1×H×W beside C×H×W, but gets {shapes}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} needs maps (channels × height × width), but gets a flat vector of {shape}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} puts together positions that each see only {seen} of the {image} image; where they were is lost. Let them see more, with a pooling or more convolutions before it, or take Flatten instead.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} sees a single value per channel at batch size 1, which has no variance.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} stands right before the Output. The loss already contains the softmax and expects plain numbers (logits); an activation here slows learning or stops it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} to {size}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} would give more numbers for one image than any machine can hold.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>{kind} would have {count} parameters, more than any machine can hold.</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>{kind} {number} of {chunks}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} “{id}” has no input to connect to.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} “{name}” has no layer here: {reason}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} “{node}” adds nothing: its padding is 0 on all sides. Remove it, or set a padding.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} “{node}” changes nothing: it multiplies negative values by 1. Remove it, or set a smaller slope.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} “{node}” changes nothing: its chunk holds all channels. Remove it, or set more chunks.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} “{node}” changes nothing: its input {shape} has the wanted size already. Remove it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} “{node}” changes nothing: its scale factor is 1. Remove it, or set a larger factor.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} “{node}” changes nothing: its window holds a single value. Remove it, or make the window larger.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} “{node}” changes nothing: what it gets has the shape {shape} already. Remove it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} “{node}” changes nothing: what it gets is flat already. Remove it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} “{node}” changes nothing: with these numbers it divides by 1. Remove it, or set another alpha and beta.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} “{node}” changes nothing: with this number of groups the channels keep their order. Remove it, or set another number.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} “{node}” changes nothing: “{before}” gives no negative numbers. Remove it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} “{node}” drops nothing: its probability is 0. Remove it, or set a probability.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} “{node}” follows the activation “{before}” directly. Nothing is learned between them; one of the two is enough.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} “{node}” gives the same numbers for every image: it compares each value with itself alone. Remove it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} “{node}” has a single input and changes nothing. Connect another, or remove it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} “{node}” has nothing to work on: connect its input.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} “{node}” is not connected, so it takes no part in the network.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} “{node}” joins flat vectors with maps: {shapes}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} “{node}” leads nowhere, so it takes no part in the network.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} “{node}” needs a flat input, but gets {shape}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} “{node}” needs inputs of one shape, or C×1×1 or 1×H×W beside C×H×W, but gets {shapes}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} “{node}” needs maps (channels × height × width), but gets a flat vector of {shape}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} “{node}” puts together positions that each see only {seen} of the {image} image; where they were is lost. Let them see more, with a pooling or more convolutions before it, or take Flatten instead.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} “{node}” sees a single value per channel at batch size 1, which has no variance.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} “{node}” stands right before the Output. The loss already contains the softmax and expects plain numbers (logits); an activation here slows learning or stops it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{kind} “{node}” would give more numbers for one image than any machine can hold.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>{kind} “{node}” would have {count} parameters, more than any machine can hold.</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>{kind}: {parameter} must be {expected}, not {value}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{layer} “{name}” was added after {inputs}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{layer} “{name}” was added.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{layer} “{name}” was removed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{measured} at step {step}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} changed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} could not be read: {reason}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} frozen</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} has more than {most} million pixels. Make it smaller and open it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} is no picture that can be read, or it is damaged. Try a PNG or JPEG file.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} not frozen</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} rewired</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} shows one colour alone: there is nothing to be seen in it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>{node} for this sample, laid out as the {count} maps of {source} that it came from, {shape} each.</source>
        <extracomment>English for a count of 1: {node} for this sample, laid out as the map of {source} that it came from, {shape}.</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>{pace} batches a second</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{range} days</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{range} h</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{range} min</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{range} s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{sentence} Its settings: {values}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{setting} must be true or false, not {value}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{side} began at step {step} of {run}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{side} began with the weights in “{file}”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{side} began with what {run} had learned until step {step} in {layers}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{side}: {setting}: {before} → {after} at step {step}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>{side}: {setting}: {before} → {after} in {count} changes, from step {first} to step {last}.</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>{span}: {count} images, {confidence} sure on average, {accuracy} right</source>
        <extracomment>English for a count of 1: {span}: 1 image, {confidence} sure, {accuracy} right</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>{target} takes {expected}, not {text}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{target}={ends} is no range that can be tried; {target} takes {expected}, and a range is LOW:HIGH or log:LOW:HIGH, the latter above 0.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{title} could not be unpacked: {reason}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{title} has {training} training images, so {validation} cannot be set aside for validation.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>{used} of {count} tensors fit</source>
        <extracomment>English for a count of 1: {used} of 1 tensor fits</extracomment>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>“same” or two whole numbers from {low:g} to {high:,.10g}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“same” or two whole numbers from {low} to {high}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{before}” and “{node}” follow each other without an activation between them; together they can do no more than one Dense layer. Put an activation between them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{before}” and “{node}” follow each other without an activation between them; together they can do no more than one convolution with a larger kernel. Put an activation between them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{before}” and “{node}” follow each other without an activation between them; together they can do no more than one. Put an activation between them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{before}” is now named “{name}”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{folder}” could not be saved: {reason}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{folder}” could not be saved: {reason}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{id}” cannot be a layer's name: use letters, digits, - and _, starting with a letter or _.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{id}” has no input number {port}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{id}” is in two blocks, “{first}” and “{second}”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{layer}” of the file has no {tensor}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” can be any of {number} runs, such as {ids}. Give enough of an id.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” cannot be read from it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” cannot be read: {reason}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” cannot be trained on; choose “cpu”, “cuda” or “auto”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” cannot be trained. {problem}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” cannot be trained. {reason}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” claims to have {axes} axes, where images have at most {most}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” claims to hold {claimed} values, more than any data set has.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” could not be deleted: {reason}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” could not be imported. {reason}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” could not be opened. {reason}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” could not be opened: {reason}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” could not be read: {reason}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” could not be saved: {reason}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” could not be written: {reason}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” does not hold unsigned bytes, so it is not a file of images or labels.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” goes on after its last value; it is damaged. Replace it by a fresh copy.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” has more values than the file holds for it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” has no columns “image” and “label”; its columns are {columns}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” has no label, or names no picture.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” has values of another type than weights.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” has values of the type {kind}, which is not read.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” has vanished while its pictures were read. Bring it back, and try again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>“{name}” has {count} different labels: these are no classes.</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message numerus="yes">
        <source>“{name}” has {count} pixels in a row: these make no square image, grey or in colour.</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>“{name}” has, or claims to have, too many pixels.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” holds no IDX files.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” holds no Parquet files.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” holds no classes. Pictures of each class belong into a subfolder that has the name of the class.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” holds no images with as many labels. An array of images and an array of their labels have the same length.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” holds no images: its shape is {shape}. Images are (N, H, W), (N, H, W, C) or (N, C, H, W).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” holds no labels: whole numbers or names, one for each image.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” holds no pictures.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” holds no project that can be read. {reason}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” holds no project.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” holds no recorded run.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” holds no rows.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” holds no table of images. A table has a column “label”, and a column for each pixel or a column “path” of the pictures.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” holds several tables, and none of them is named “train”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” holds too many classes, or classes with too long names.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” holds too many files.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” holds {stated} values, where {shape} are expected.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” is a Parquet file. Reading it takes pyarrow, {lacks}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” is a study of another program.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” is among the runs now.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” is damaged and cannot be unpacked. Replace it by a fresh copy.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” is damaged or no picture.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” is damaged, or no archive of a recorded run.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” is damaged: its checksum is wrong. Replace it by a fresh copy.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” is damaged: its tensors cannot be read.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” is damaged: its tensors have changed since they were written.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” is damaged: {file} does not say what it should.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” is damaged: {file} has changed since it was written.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” is frozen.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” is no Parquet file of pictures, or is damaged.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” is no array of numpy, or is damaged.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” is no file of images that is known. Known are folders of pictures, IDX files, .npz, .npy, .csv and .parquet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” is no longer frozen.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” is no recorded run.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” is no table of images: its lines are too long.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” is no table of text, or has no rows.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” is no text in the encoding that it declares, or in UTF-8.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” is not a checkpoint of cnnviz.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” is not a cnnviz project: it is not text.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” is not a device; choose “cpu”, “cuda” or “auto”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” is not an IDX file.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” is not in “{folder}”, or is not the file that its authors publish.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” is not read, because it has {axes} axes.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” is not read, because its values are of type {kind}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” is not there or cannot be read.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” is not there.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” is only watched, and nothing is written to it: its moments get no names and pins.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” is stored column by column. Save it again in the usual order, with numpy.ascontiguousarray.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” is stored in another file, and only this one is opened. Save the model as one file.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” is there already. Choose another folder, or delete it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” is there already. Choose another name.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” is truncated. Replace it by a complete copy.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” is written.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” reads the value “{value}”, which nothing makes. The file is damaged.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” takes {total} MB, and {free} MB are free. Make room on the disk.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” was downloaded from {host}, but its checksum is wrong, so it was deleted. Try again later: it may have been damaged on its way, or changed on the server.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” was recorded by a newer version of this program.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{name}” was saved by a newer cnnviz. Update cnnviz to open it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>“{node}” gets {count} numbers, but {shape} would take {wanted}.</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>“{node}” has no {tensor}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message numerus="yes">
        <source>“{node}” passes on chunk {index}, counted from 0, but {channels} channels make only {count} chunks.</source>
        <translation type="unfinished"><numerusform></numerusform><numerusform></numerusform></translation>
    </message>
    <message>
        <source>“{node}” shares {channels} channels among {heads} heads, but {channels} cannot be divided by {heads}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{node}” splits its input into {groups} groups, but {channels} channels cannot be divided by {groups}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{node}” splits its output into {groups} groups, but {channels} channels cannot be divided by {groups}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{source}” is already connected to “{id}”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{target}” is no setting of the recipe that can be varied; these are: {allowed}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>“{text}” does not say what to vary over which values; write it as learning_rate=log:1e-4:1 or conv1.out_channels=8,16,32.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>terms</name>
    <message>
        <source>A label that nearly every epoch's network denies. Either the label is wrong, or the image is so hard that no network gets it: look at it, and decide.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A map of points in which neighbours of a layer's outputs stay neighbours. Groups tell which images the layer takes for similar. The distance between two groups, and how wide a group is, mean nothing.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A number for each pixel: how much it moved the score of a class. WHY shows it as colours, which others call a saliency map. It tells which pixels mattered for this image, not why.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A stack of kernels, one for each map that the layer reads. Sliding over all of them it makes one map.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>An attribution from the maps of one layer: each map is weighted by how much it raises the score of the class, and the sum is drawn over the image. It is as coarse as the maps.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>An attribution: a black square covers one part of the image after the other, and the colour tells by how much the score of the class falls.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>An attribution: the gradients of the score are averaged on the way from a black image to this one and multiplied by the pixels. The values add up to the difference between the two scores.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>An image that excites a map, a value or a class as much as possible. It is made from noise: each step changes the pixels along the gradient of the value, and keeps the image smooth and near the mean image. It shows what drives the value up, not what images of the data look like.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>An image with a small change that was computed so that the network says another class. People see no difference that matters. It shows what the network relies on.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Beside a loss or an accuracy: measured after each epoch on images that are not learned from, with dropout and augmentation off.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Beside a loss or an accuracy: measured while learning, on the images that are learned from, before each step.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Channels × height × width of what comes out of a layer; a single number after Flatten and Dense.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Counts the images of each true class (row) by the class that the network says (column). Right answers stand on the diagonal, and every other cell counts one kind of mistake.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>FGSM</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fast gradient sign method: each pixel is moved by the whole size, up or down, as the gradient says. It is the quickest way to an adversarial image, and a weak one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Grad-CAM</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How alike two pictures order their pixels from weak to strong: 1 is the same order, 0 is no relation. “Check the picture” compares an explanation with those of random weights in this way.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How far the weights move in one step. Too high and the loss grows, too low and little is learned.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How large the values of a layer are: a bar is as high as there are values in its part of the range. The number on top is that of the highest bar. Values that are 0 have no bar; their share is told above.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How many training images are learned from in a second: the mean of the last three seconds, evaluations not counted.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How much of its accuracy a network keeps when images are changed on purpose, by changes of at most a given size.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How much the loss, or the score of a class, changes with a number: its derivative. Training moves each weight against its gradient.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How the numbers of training are stored. bfloat16 has the range of float32 and fewer digits; where the processor has instructions for it, it is faster. auto times both before the first step. Looking is always in float32.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Images that are looked at once, when a run ends, to tell how good the network is on new ones.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>L∞ is the largest change of any pixel, L2 the length of the whole change: the root of the sum of the squares of all pixels. Both are in the units of pixels, 0 to 255.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>MACs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Multiply-accumulate operations for one image: each is one product that is added to a sum. Most of a training's time is spent on them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of a class: the share of its images that the network recognizes.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of a class: the share of the images called by its name that belong to it. It is low where other classes are often taken for this one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of a layer: forward and backward for one batch, measured on this machine, each layer alone.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of maps and kernels. Values with both signs: blue is negative, orange positive, and the colour of the ground is 0. Values that cannot be negative run from the ground through purple and orange. The legend names the limits; what lies outside has the last colour.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One pass through all training images, in another order each time. A validation follows it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One step of the network. It reads maps or numbers and makes others of them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One training from its start, with its curves, its recorded moments and its result. Runs lists all of them. Start over begins a new one, Resume goes on with the present one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One update of the weights, after one batch.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>PGD</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Projected gradient descent: many small steps along the gradient, each brought back to the allowed size. It finds an adversarial image at smaller sizes than a single step does.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The directions along which the outputs of a layer differ most between images. Points draws each image along the first two, so that images with similar outputs lie near each other. What differs only in other directions is not seen; the share of the variance tells how much that is.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The images that are learned from in one step. Their mean loss decides how the weights change.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The line at the top of a layer on the canvas tells its family: blue convolution and attention, violet activation and normalization, orange pooling, green dense layers, grey the others.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The network as it was after one step, recorded while training. The time line shows each as a sign: from a diamond training can go on exactly, a dot has the weights only.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The numbers by which the window over one map is multiplied. A filter has one for each map it reads.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The numbers that are learned: weights and biases, scales and shifts of normalizations.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The range of values that the colours span: usually 99.7 % of the values of a layer, so that a few large ones do not make all others dark. Values outside have the last colour, and the legend counts them. While training the range widens at once and never narrows, so that the colours of two moments compare.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The region of the image that one output value of a layer depends on, in pixels: its receptive field. Point at a value to frame it in the sample and in every layer between; point at a pixel of the sample to frame all values that it reaches.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The run was ended before its last epoch and the test images were looked at. Resume goes on from there.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The score of a class before softmax. Only differences between the scores matter.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The share of a layer's outputs that are 0 for the sample. After ReLU about half is usual; nearly all means that little gets through.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The share of images whose highest score is that of the right class. It says nothing of how sure the network is.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The share of the processor's time that making, drawing and painting the views takes; with a GPU, of the time of one core. A training without a window is faster by about that much.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The time until the last epoch is done and the test images are looked at, validations counted.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Turns the logits into shares that add up to 100 %. It must choose one of the classes, whatever the image shows.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What a layer does, by the name in the list of layers: Conv2d, ReLU, MaxPool2d and so on.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What keeps the network from being trained, and what is probably not meant, most with a remedy.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What one filter makes: a picture of where in the image its pattern was found. Later layers read maps, not the image.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the outputs of a layer for one batch take in float32. While training their gradients take as much again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What training makes small: the cross-entropy of the softmax and the right class. Guessing among ten classes has a loss of 2.3.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Whether the network is right as often as it is sure: of the answers given with 90 % about 90 % should be right. The calibration error is the mean distance between the two; 0 is best.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>While a recorded moment is shown, kernels, maps and answers are those of its step. Training does not change; Now goes back to the present.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>accuracy</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>adversarial image</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>attribution</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>batch</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>calibration</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>colours</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>confusion matrix</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>epoch</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>feature visualization</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>filter</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>gradient</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>header colours</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>images/s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>integrated gradients</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>kernel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>kind</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>learning rate</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>left</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>logit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>looking costs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>loss</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>map</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>memory</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>moment</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>number format</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>occlusion</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>parameters</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>past</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>precision</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>principal components</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>problems</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>rank correlation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>recall</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>robustness</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>run</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>scale</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>sees</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>shape</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>size of a change</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>softmax</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>spread</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>step</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>stopped early</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>suspicious label</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>t-SNE</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>test</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>time</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>training</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>validation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>zeros</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>welcome</name>
    <message>
        <source>Begin a new run at the newest moment of the last run of this network</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Build a network, train it, look inside while it learns. Three things to try:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Change its layers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go on with it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Look at its maps</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open recent: {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the runs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This is a new network. The file that was open last is “{name}”.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This is a new network. What was trained before is listed in Runs.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Train it</source>
        <translation type="unfinished"></translation>
    </message>
</context>
</TS>
