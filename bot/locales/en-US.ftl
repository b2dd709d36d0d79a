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

### Commands. Names: 1-32 lower-case characters without spaces. Descriptions: at most 100 characters.

imagine-name = imagine
imagine-description = Paint a picture of your words, and watch it appear
imagine-prompt-name = prompt
imagine-prompt-description = What to paint, such as: a lighthouse at dusk | oil painting:50
imagine-size-name = size
imagine-size-description = Width × height such as 256x256, or a ratio such as 16:9
imagine-steps-name = steps
imagine-steps-description = More steps take longer and show more detail
imagine-seed-name = seed
imagine-seed-description = The same words with the same seed give the same picture
imagine-init-name = init
imagine-init-description = A picture to start from: PNG, JPEG, WebP or GIF

### Cards

card-place = { NUMBER($position) ->
    [1] **Place in line: 1** (next)
   *[other] **Place in line: { $position }**
}
card-starting = **About to begin**
card-wait = Ready { $when }
card-wait-unknown = How long it takes is not measured yet
card-running = **Painting** { $bar } { $percent } %
card-step = step { $step } of { $steps }
card-left-seconds = { $seconds ->
    [one] about { $seconds } second left
   *[other] about { $seconds } seconds left
}
card-left-minutes = { $minutes ->
    [one] about { $minutes } minute left
   *[other] about { $minutes } minutes left
}
card-steps = { $steps ->
    [one] { $steps } step
   *[other] { $steps } steps
}
card-stopped = stopped at { $step } of { $steps } steps
card-seconds = { $seconds } s
card-seed = seed `{ $seed }`
card-score = likeness { NUMBER($score, minimumFractionDigits: 2) }
card-size-note = { $asked } became { $made }, the nearest size that this model can paint
card-film = How it came to be
card-failed = **No picture this time**
card-cancelled = **Cancelled**
card-private = Gala could not write in the channel where you asked, so here it is.

button-cancel = Cancel
button-stop = Keep as it is
button-again = Again
button-try-again = Try again
button-film = Film
button-delete = Delete

### Questions of the CLIP

unanswered-late = Gala is very busy and did not get to this in time. Please try again in a moment.
unanswered-lost = Gala’s painter is just being restarted. Please try again in a moment.
unanswered-model = The model that looks at pictures is not in working order here. Please tell whoever hosts Gala.
unanswered-fault = Gala could not look at the pictures for this. Please try again; if it stays so, tell whoever hosts Gala.

### What a small model has not learned

hint-unknown = The model { $model } has not learned { $words }, so the picture may miss that.
hint-near = Did you mean: { $words }?
hint-examples = Among what it can draw: { $words }.

### Quotas. $scope says whose rule it is, and $holder names the role, the channel or the member.

quota-pictures =
    { $scope ->
        [everyone] Each member here has
        [role] With the role { $holder } you have
        [member] You have
        [channel] All together, { $holder } has
        [guild] All together, this server has
        [hostmember] Whoever hosts Gala gives each person
       *[hostguild] Whoever hosts Gala gives this server
    } { $limit ->
        [one] { $limit } picture
       *[other] { $limit } pictures
    } { $period ->
        [hour] an hour
        [day] a day
        [week] a week
       *[month] a month
    }, and none is left. More comes { $when }. Nothing was charged; /quota shows how you stand.
quota-pictures-never =
    { $scope ->
        [everyone] Members here have
        [role] With the role { $holder } you have
        [member] You have
        [channel] { $holder } has
        [guild] This server has
        [hostmember] Whoever hosts Gala gives each person
       *[hostguild] Whoever hosts Gala gives this server
    } { $limit ->
        [one] { $limit } picture
       *[other] { $limit } pictures
    } { $period ->
        [hour] an hour
        [day] a day
        [week] a week
       *[month] a month
    }, so nothing can be painted. Ask an admin if that should be otherwise.
quota-seconds =
    { $scope ->
        [everyone] Each member here has
        [role] With the role { $holder } you have
        [member] You have
        [channel] All together, { $holder } has
        [guild] All together, this server has
        [hostmember] Whoever hosts Gala gives each person
       *[hostguild] Whoever hosts Gala gives this server
    } { $limit } GPU seconds { $period ->
        [hour] an hour
        [day] a day
        [week] a week
       *[month] a month
    }. { $left } are left, and this picture needs about { $needed }. More comes { $when }; a smaller picture or fewer steps need less. Nothing was charged.
quota-seconds-never =
    { $scope ->
        [everyone] Each member here has
        [role] With the role { $holder } you have
        [member] You have
        [channel] All together, { $holder } has
        [guild] All together, this server has
        [hostmember] Whoever hosts Gala gives each person
       *[hostguild] Whoever hosts Gala gives this server
    } { $limit } GPU seconds { $period ->
        [hour] an hour
        [day] a day
        [week] a week
       *[month] a month
    } ({ $left } are left), and this picture alone needs about { $needed }. Choose a smaller size or fewer steps.
quota-pixels =
    { $scope ->
        [everyone] Members here can
        [role] With the role { $holder } you can
        [member] You can
        [channel] In { $holder } one can
       *[guild] On this server one can
    } paint up to { $size }. Choose a smaller size and try again. Nothing was charged.
quota-steps =
    { $scope ->
        [everyone] Members here can
        [role] With the role { $holder } you can
        [member] You can
        [channel] In { $holder } one can
       *[guild] On this server one can
    } use up to { $limit ->
        [one] { $limit } step
       *[other] { $limit } steps
    } for a picture. Choose fewer and try again. Nothing was charged.
quota-engines =
    { $scope ->
        [everyone] Members here can
        [role] With your roles you can
        [member] You can
        [channel] In { $holder } one can
       *[guild] On this server one can
    } paint with these engines: { $known }. Nothing was charged.
quota-waiting =
    { $scope ->
        [everyone] Each member here can
        [role] With the role { $holder } you can
        [member] You can
        [channel] In { $holder } each member can
       *[guild] On this server each member can
    } have { $limit ->
        [one] { $limit } picture
       *[other] { $limit } pictures
    } in line. Wait for one of yours, or cancel one, and try again. Nothing was charged.
quota-last =
    That was the last picture that you can ask for now. More comes { $when }.
quota-last-ever =
    That was the last picture that you can ask for here.

### Admins. The audit-... texts name a deed, between who has done it and to whom.

admin-only = Only admins of this server can do that.
admin-guild-only = There is nothing to administer here. Use this on a server.
audit-setup = changed the setup
audit-suspend = suspended
audit-unsuspend = ended the suspension
audit-pause = paused the line
audit-resume = let the line go on
audit-drain = closed the line
audit-clear = cleared the line
audit-quota-set = set a quota
audit-quota-remove = removed a quota
audit-quota-grant = gave pictures
audit-quota-reset = reset a quota

### Answers that only the member sees

button-unknown = Gala no longer knows this picture. Ask for a new one with /imagine.
button-not-yours = Only the member who asked for this picture may do that. You can ask for your own with /imagine.
button-too-late = That is already over.
stop-too-early = This picture has only just begun: there is nothing to keep yet. Try again in a moment.
film-being-made = This film is being made already. It will be here in a moment.
film-busy = Several films are being made right now. Please try again in a minute.
film-gone = The frames of this picture are no longer kept, so there is no film of it.
film-too-short = This picture came so quickly that there are too few frames for a film. More steps leave more of them.
film-too-large = Even a small film of this is too large to be posted here.
film-failed = The film could not be made. Please try again; if it stays so, tell whoever hosts Gala.
film-no-encoder = There is no ffmpeg here that could make the film. Please tell whoever hosts Gala.
film-unknown-format = A film cannot be written as { $name }. Its name can end in { $known }.
deleted = Deleted.
rights-missing =
    Gala cannot paint here, for want of these permissions: { $rights }. Ask an admin to grant them in this channel,
    or paint in another one.
right-view-channel = View Channel
right-send-messages = Send Messages
right-send-messages-in-threads = Send Messages in Threads
right-attach-files = Attach Files
right-embed-links = Embed Links
right-read-message-history = Read Message History
init-lost = The picture to start from is no longer there. Attach it again.
init-too-heavy = The picture to start from is too heavy: at most { $limit } MB, please.
error-outdated = This command has changed. Reload Discord (Ctrl+R, or restart the app) and try again.
failed-storage-full = The host's disk is full, so the picture could not be kept. Please tell whoever hosts Gala.
size-out-of-range =
    { $width }×{ $height } cannot be painted: each side needs { $least } pixels at least, and the longer one can be
    { $aspect } times the shorter at most.
init-unreadable = The picture { $name } cannot be read: { $fault }
out-unwritable = { $name } cannot be written: { $fault }
error-storage =
    Gala cannot write to its disk or database at the moment, so nothing was queued. Please try again later, or tell
    whoever hosts Gala this code: { $code }
