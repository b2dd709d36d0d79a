# Gala's texts in American English. Both files have the same messages with the same variables; a test holds it.
# Say what to do, briefly and kindly. Seeds and ids come as strings, so that nothing groups their digits.


### Prompts

prompt-empty = The prompt is empty. Write what you would like to see, for example: a red car under a rainbow
prompt-too-long =
    A prompt has room for { $limit } characters, and this one has { $length }. Shorten it and try again.
prompt-too-many-parts =
    A prompt can have { $limit ->
        [one] { $limit } part
       *[other] { $limit } parts
    } at most, and this one has { $count }. Leave some out, or put several into one part.
prompt-not-finite = “{ $value }” cannot be used as a number here. Write one such as 2, 0.5 or -1.
prompt-decimal-comma = Write the number with a point: { $better } instead of { $value }.
prompt-too-many-numbers =
    At most two numbers can follow a part: its weight and its stop. Put a \ before a colon that belongs to the text.
prompt-nothing-to-weigh = This number has no text before it. Write the text first, for example: a desert:2
prompt-nothing-positive = Every weight is zero or below. Give at least one part a weight above zero.
prompt-unclosed-brace = This brace is never closed. Add a {"}"} after the last choice, or write \{"{"} for a plain brace.
prompt-unopened-brace = This brace was never opened. Add a {"{"} before the first choice, or write \{"}"} for a plain brace.
prompt-nested-too-deep =
    Braces can stand inside each other { $limit ->
        [one] { $limit } level
       *[other] { $limit } levels
    } deep. Use fewer levels here.
prompt-too-many-permutations =
    The braces stand for { $count ->
        [1000000] a million pictures or more
        [one] { $count } picture
       *[other] { $count } pictures
    }, and { $limit ->
        [one] { $limit } is
       *[other] { $limit } are
    } allowed at once. Offer fewer choices.
prompt-unknown-flag =
    There is no flag --{ $flag }. { $nearest ->
        [none] Gala knows --ar, --size, --seed, --steps, --no, --iw, --engine and --model.
       *[other] Did you mean --{ $nearest }?
    } Write \--{ $flag } if it is part of the text.
prompt-flag-without-value =
    --{ $flag } needs a value after it, for example: { $example }
prompt-flag-twice = --{ $flag } stands here twice. Keep one of them.
prompt-flag-bad-value =
    --{ $flag } cannot be “{ $value }”. { $flag ->
        [ar] Write two whole numbers from 1 to 16384, for example: { $example }
        [size] Write width and height in pixels, from 1 to 16384, for example: { $example }
        [seed] Write a whole number that is not negative, for example: { $example }
        [steps] Write a whole number from 1 to a million, for example: { $example }
        [iw] Write a number that is not negative, for example: { $example }
       *[other] Write a name of Latin letters, digits, dots and dashes, for example: { $example }
    }
prompt-text-after-flags = “{ $value }” stands after a flag. Move it before the first flag.

### The line

queue-full = The line is full at the moment. Please try again in a few minutes.
queue-full-guild =
    This server already has { $limit ->
        [one] { $limit } picture
       *[other] { $limit } pictures
    } in line. Please try again when one of them is done.
queue-full-member =
    You already have { $limit ->
        [one] { $limit } picture
       *[other] { $limit } pictures
    } in line. Wait for one of them, or cancel one, and try again.

### What cannot be painted

size-too-large =
    { $width }×{ $height } is too large: a picture can have { $limit ->
        [one] { $limit } pixel
       *[other] { $limit } pixels
    } here. Try { $largest_width }×{ $largest_height }.
size-not-read = “{ $value }” is not a size. Write width and height in pixels, for example: 256x256
steps-too-many =
    A picture can take { $limit ->
        [one] { $limit } step
       *[other] { $limit } steps
    } at most here, and you asked for { $steps }.
engine-unknown = There is no engine “{ $engine }” here. You can choose from: { $known }
model-unknown = There is no model “{ $model }” here. You can choose from: { $known }
init-not-a-picture = The attached file is not a picture that can be read. Please attach a PNG, JPEG, WebP or GIF.
init-truncated = The attached picture is cut off: part of the file is missing. Please save it again and attach it anew.
init-too-large = The attached picture is too large. Please make it smaller and attach it again.

### Why there is no picture

failed-bad-request = These settings do not work together. Change the size, the steps or the model and try again.
failed-bad-init = The attached picture could not be used. Please attach another one.
failed-too-large = This picture does not fit into the memory. Choose a smaller size and try again.
failed-too-large-try =
    This picture does not fit into the memory. The largest that does is about { $width }×{ $height }.
failed-out-of-memory = The memory ran out while this was being painted. Choose a smaller size and try again.
failed-model-missing = The model “{ $model }” is not in working order here. Choose another, or tell whoever hosts Gala.
failed-diverged = The picture dissolved into noise on the way. Another seed or milder weights usually help.
failed-worker-lost = Painting was interrupted. Please try again.
failed-internal = Something went wrong on Gala’s side. If you report it, add this code: { $code }
failed-undeliverable = The picture is done but could not be posted here. Check that Gala may write and attach files here.
failed-parked = Painting this stopped Gala several times, so it was set aside. Try a smaller size or another prompt.
error-internal = Something went wrong on Gala’s side. Please try again; if it stays so, report this code: { $code }
