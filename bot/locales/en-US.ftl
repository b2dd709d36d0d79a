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
prompt-nothing-to-schedule = This span has no text before it. Write the text first, for example: a forest @0-40%
prompt-span-twice = A part can have one span. Keep one of them, or put a \ before an @ that belongs to the text.
prompt-bad-span =
    “{ $value }” is no span of the making. Write two percentages from 0 to 100, the smaller one first, for example: a forest @0-40%
prompt-gap =
    From { $start } to { $end } % of the making there is no part with a weight above zero. Let the parts meet, for example: a forest @0-40% | a city @40-100%
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
        [none] Gala knows { $known }; `/imagine-help` says what they do.
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
        [patience] Write a whole number of steps, for example: { $example }
        [start] Write noise, gradient or snow, for example: { $example }
        [noise] Write up to 8 whole numbers with a weight each, for example: { $example }
        [iw] Write a number that is not negative, for example: { $example }
        [tw] Write a weight that is not 0 for each target picture, with commas between, for example: { $example }
        [target] Write up to 8 codes of pictures, each with a weight or without, for example: { $example }
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
flag-not-here = “{ $model }” cannot heed --{ $flag }. Leave it out, or choose another --model.
span-not-here = “{ $model }” reads the prompt once, before it draws. Leave out the spans such as @0-40%, or choose another --model.
no-box =
    “{ $model }” paints things in boxes. A part is a name and four numbers: left, top, right and bottom, in percent of
    the picture, such as “dog 10 20 60 90 | tree 60 0 100 80”. This is not one: “{ $part }”.
box-outside =
    The numbers of a box are percent of the picture, from 0 to 100: left, top, right, bottom. “{ $part }” goes beyond.
box-empty =
    The numbers of a box are left, top, right and bottom, in this order; right is more than left, and bottom more than
    top. “{ $part }” is empty.
box-unknown =
    “{ $model }” does not know “{ $part }”. Things that it knows are, for instance: { $near }.
boxes-many = “{ $model }” reads at most { $limit } boxes. Leave some out.
engine-unknown = There is no engine “{ $engine }” here. You can choose from: { $known }
model-enlarges =
    “{ $model }” paints nothing: it makes pictures larger. Leave --model out, and press Upscale on the result.
style-unknown = There is no style “{ $style }” here. You can choose from: { $known }
style-plain = No style
style-none = There is no style “{ $style }”: whoever hosts Gala has set up none.
model-unknown = There is no model “{ $model }” here. You can choose from: { $known }
model-english-only = The model “{ $model }” reads English only, and cannot read “{ $letter }”. Write the prompt in English, or choose another model: { $known }
target-not-here = “{ $model }” cannot be drawn to a target picture. Leave the target out, or choose another --model.
target-not-attached =
    --tw weighs attached target pictures: { $count ->
        [one] there is { $count } weight
       *[other] there are { $count } weights
    } for { $given ->
        [0] none of them
        [one] { $given } picture
       *[other] { $given } pictures
    }. Attach as many as `target`, or leave --tw out.
target-too-many = A picture can be drawn to { $limit } targets at most.
target-is-grid = The picture { $code } is a grid. Choose one of its pictures with U1 and so on, and take that one's code.
target-gone = The file of the picture { $code } is gone, so it cannot be a target. Choose another one.
target-lost = A target picture of this one is no longer there. Write the prompt anew, and attach the target again.
target-no-codes = There are no codes on the command line. Name the picture's file: --target FILE
model-english-alone = The model “{ $model }” reads English only, and cannot read “{ $letter }”. Write the prompt in English.
init-not-seen = The model “{ $model }” cannot start from a picture. Leave the picture out, or choose another model.
init-not-a-picture = The attached file is not a picture that can be read. Please attach a PNG, JPEG, WebP or GIF.
init-truncated = The attached picture is cut off: part of the file is missing. Please save it again and attach it anew.
init-closed = The mask has no white in it, so there would be nothing to paint. Make white what is to be painted anew.
mask-without-init = A mask says which part of a picture is painted anew. Attach that picture as init, too.
mask-not-here = “{ $model }” cannot keep a part of a picture. Leave the mask out, or choose another --model.
init-too-large = The attached picture is too large. Please make it smaller and attach it again.

### Why there is no picture

failed-bad-request = These settings do not work together. Change the size, the steps or the model and try again.
failed-bad-init = The attached picture could not be used. Please attach another one.
failed-bad-target = The target picture could not be used. Please attach another one.
failed-too-large = This picture does not fit into the memory. Choose a smaller size and try again.
failed-too-large-try =
    This picture does not fit into the memory. The largest that does is about { $width }×{ $height }.
failed-out-of-memory = The memory ran out while this was being painted. Choose a smaller size and try again.
failed-model-missing = The model “{ $model }” is not in working order here. Choose another, or tell whoever hosts Gala.
failed-diverged = The picture dissolved into noise on the way. Another seed or milder weights usually help.
failed-worker-lost = Painting was interrupted. Please try again.
failed-needs-picture =
    The model “{ $model }” paints from a picture. Attach one to the command as “init”, and try again.
failed-unknown-class =
    The model “{ $model }” paints what it has a name for: an animal, a vehicle, an instrument, a dish, a building or
    a thing of the house, such as “red fox”, “teapot” or “volcano”. Write one of them as a plain noun, or the number
    of a class, from 0 on, and try again.
failed-internal = Something went wrong on Gala's side. If you report it, add this code: { $code }
failed-undeliverable = The picture is done but could not be posted here. Check that Gala may write and attach files here.
failed-parked = Painting this stopped Gala several times, so it was set aside. Try a smaller size or another prompt.
error-internal = Something went wrong on Gala's side. Please try again; if it stays so, report this code: { $code }

### Commands. Names: 1-32 lower-case characters without spaces. Descriptions: at most 100 characters.

imagine-name = imagine
imagine-description = Paint a picture of your words, and watch it appear
imagine-prompt-name = prompt
imagine-prompt-description = What to paint, such as: a lighthouse at dusk | oil painting:50
imagine-style-name = style
imagine-style-description = A preset of the host's that is written into the prompt
imagine-size-name = size
imagine-size-description = Width × height such as 256x256, or a ratio such as 16:9
imagine-steps-name = steps
imagine-steps-description = More steps take longer and show more detail
imagine-seed-name = seed
imagine-seed-description = The same words with the same seed give the same picture
imagine-init-name = init
imagine-init-description = A picture to start from: PNG, JPEG, WebP or GIF
imagine-mask-name = mask
imagine-mask-description = With init: white where it is to be painted anew, black where it stays
imagine-target-name = target
imagine-target-description = A picture that yours is to resemble; --tw says how strongly
imagine-another-name = target2
imagine-another-description = One more picture that yours is to resemble
imagine-grid-name = grid
imagine-grid-description = Several pictures at once, the best by its likeness first: 4 or 9
imagine-keep-name = keep
imagine-keep-description = How many percent of the init picture's rows stay, from the top; the rest is drawn anew

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
card-settled = nothing more happened: ended at { $step } of { $steps } steps
card-stopped = stopped at { $step } of { $steps } steps
card-frames = { $frames ->
    [one] film of { $frames } frame
   *[other] film of { $frames } frames
}
card-seconds = { $seconds } s
card-seed = seed `{ $seed }`
card-score = likeness { NUMBER($score, minimumFractionDigits: 2) }
card-size-note = { $asked } became { $made }, the nearest size that this model can paint
card-targets =
    { $count ->
        [one] with a target picture
       *[other] with { $count } target pictures
    }
card-film = How it came to be
card-filming = **Making the film** { $bar } { $percent } %
card-failed = **No picture this time**
card-cancelled = **Cancelled**
card-cleared = **An admin has cancelled this**
    It will not be painted, and nothing was charged for it.
card-held = **Place in line here: { $position }**
card-held-wait = An admin has paused painting on this server. Your place is kept.
card-private = Gala could not write in the channel where you asked, so here it is.
card-astray = Gala could not write in the channel where this was to stand, so here it is.
ticket-there = Gala paints this in { $channel }.
thread-member = Pictures of { $name }
thread-day = Pictures of { $day }
card-elsewhere = **Painted**: it is in { $channel }

button-cancel = Cancel
button-stop = Keep as it is
button-again = Again
button-try-again = Try again
button-film = Film
button-delete = Delete
button-report = Report

### Search

search-name = search
search-description = Find past pictures by what they show, or by the words of their prompts
search-words-name = words
search-words-description = What to look for, such as: something red by the sea
search-way-name = way
search-way-description = By meaning, by words, or both (which is usual)
search-menu-name = More like this
search-by-both = By both
search-by-meaning = By meaning
search-by-words = By words
search-title = { $way ->
    [like] **More like this**
    [meaning] **Search by meaning:** { $words }
    [words] **Search by words:** { $words }
   *[both] **Search:** { $words }
}
search-place = { $first } to { $last } of { $count }
search-back = Back
search-more = More
search-nearest = No prompt has all of these words. These have some of them.
search-instead = No prompt has these words. By their looks, these are nearest.
search-words-only = The pictures could not be looked at just now, so this was found by words alone.
search-due = { $count ->
    [one] One picture is still to be looked at; until then it is found by its words alone.
   *[other] { $count } pictures are still to be looked at; until then they are found by their words alone.
}
search-nothing =
    Nothing was found that you may see here. Try other words, or paint the first such picture with /imagine.
search-no-picture = This message has no picture that others could be like. Choose one with a picture.
search-not-seen = Gala has not looked at the pictures here yet. Please try again in a minute.
button-similar = Similar
search-empty = There is nothing to look for. Write what you would like to find, for example: something red by the sea
search-gone = This search is no longer kept. Search again with /search.

### Questions of the CLIP

unanswered-late = Gala is very busy and did not get to this in time. Please try again in a moment.
unanswered-lost = Gala's painter is just being restarted. Please try again in a moment.
unanswered-model = The model that looks at pictures is not in working order here. Please tell whoever hosts Gala.
unanswered-fault = Gala could not look at the pictures for this. Please try again; if it stays so, tell whoever hosts Gala.

### Looking at pictures

rank-name = rank
rank-description = See which caption fits which picture
rank-captions-name = captions
rank-captions-description = Captions with a bar between them, such as: a fox | a wolf | a dog in a coat
rank-picture-one-name = picture
rank-picture-two-name = picture2
rank-picture-three-name = picture3
rank-picture-four-name = picture4
rank-picture-five-name = picture5
rank-picture-six-name = picture6
rank-picture-seven-name = picture7
rank-picture-eight-name = picture8
rank-picture-nine-name = picture9
rank-picture-ten-name = picture10
rank-picture-one-description = A picture: PNG, JPEG, WebP or GIF
rank-picture-more-description = One more picture
rank-picture = picture { $number }
rank-turned = Which picture fits
rank-explained = Shares compare what stands here; the number behind says how near words and picture are.
rank-unread = The model that looks has not learned the language of all captions, so its order may mean little here.
rank-no-captions = There is no caption. Write some with a bar between them, for example: a fox | a wolf
rank-too-many-captions =
    At most { $limit ->
        [one] { $limit } caption
       *[other] { $limit } captions
    } can be compared at once, and these are { $count }. Leave some out.
rank-caption-too-long =
    A caption has room for { $limit } characters, and one of these has { $length }. Shorten it and try again.
describe-name = describe
describe-description = Find the words that fit a picture best
describe-picture-name = picture
describe-picture-description = The picture to describe: PNG, JPEG, WebP or GIF
describe-menu-name = Describe
describe-near = { $kind ->
    [thing] Also near
    [look] Other looks
    [place] Other places
   *[style] Other styles
}: { $words }
describe-paint = Paint this
describe-no-picture = This message has no picture attached. Choose one that has, or use /describe.
look-busy = Gala is still looking at something for you. Try again in a moment.
look-too-heavy = A picture can have { $limit } MB at most here. Make it smaller and attach it again.
look-lost = The picture could not be fetched. Please attach it again.

### The language of a prompt

language-instead =
    { $model } paints this, since { $usual } has not learned { $language ->
        [en] English
        [ru] Russian
        [several] all the languages of this prompt
       *[other] this language
    }.
language-unlearned =
    The model { $model } has not learned { $language ->
        [en] English
        [ru] Russian
        [several] all the languages of this prompt
       *[other] this language
    }, so the picture may miss your words. These have: { $known }
language-unlearned-alone =
    The model { $model } has not learned { $language ->
        [en] English
        [ru] Russian
        [several] all the languages of this prompt
       *[other] this language
    }, so the picture may miss your words. No other model here has, either.

### What a small model has not learned

hint-unknown = The model { $model } has not learned { $words }, so the picture may miss that.
hint-near = Did you mean: { $words }?
hint-reads-nothing = The model { $model } reads no words: it paints what it was trained on, whatever you write.
hint-reads-segmentation = The model { $model } reads no words: it goes by the colours of your picture alone.
hint-reads-depth = The model { $model } reads no words: it goes by the light and dark of your picture alone.
needs-segmentation =
    The model { $model } paints a landscape from a map: attach as “init” a picture of flat colours, such as light blue
    for the sky, dark green for trees, grey for mountains and yellow for sand.
needs-depth =
    The model { $model } paints from nearness: attach as “init” a grey picture that is light where things are near and
    dark where they are far.
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
quota-grid =
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
    }, and { $left ->
        [0] none is
        [one] { $left } is
       *[other] { $left } are
    } left; you have asked for { $needed } at once. More comes { $when }. Nothing was charged.
quota-grid-never =
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
    } at most, and you have asked for { $needed } at once. Ask for fewer: leave `grid` out.
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

### Larger and varied

button-vary = Vary
button-larger = Upscale
button-vary-near = A little
button-vary-far = A lot
vary-offer = How much may the picture change?
card-origin-larger = larger than before
card-origin-near = changed a little
card-origin-far = changed a lot
picture-lost = This picture is no longer kept, so nothing can be made of it. Ask for a new one with /imagine.
upscale-no-model =
    The model of this picture cannot go on from a picture, and neither can the one that paints here. The host
    can change that: gala models fetch RealESRGAN_x4, then upscaler = "RealESRGAN_x4" in config.toml.
upscale-largest = { $width }×{ $height } is as large as pictures can get here.

### Admins. The audit-... texts name a deed, between who has done it and to whom.

admin-only = Only admins of this server can do that.
admin-guild-only = There is nothing to administer here. Use this on a server.
audit-filter-add = forbade in prompts:
audit-filter-allow = allowed in prompts:
audit-filter-remove = removed a rule of the filter:
audit-filter-import = took over AutoMod’s rules:
audit-case-delete = deleted a picture everywhere:
audit-case-blur = blurred a picture:
audit-case-refund = gave back what was charged:
audit-case-allow = allowed in prompts, after an appeal of
audit-case-dismiss = closed a case:
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

### The quotas' panels

quota-title = **Your quota here**
quota-left =
    { $count ->
        [one] You can paint **{ $count }** more picture now.
       *[other] You can paint **{ $count }** more pictures now.
    }
quota-unlimited = Nothing limits how much you can paint here.
quota-none = You have **no picture left** for now. More comes { $when }.
quota-none-ever = You **cannot paint** here as things stand. Ask an admin if that should be otherwise.
quota-meter = { $left } of { $amount } left, anew { $when }
quota-grant =
    { $kind ->
        [pictures] { $left ->
            [one] **Extra** · { $left } picture given
           *[other] **Extra** · { $left } pictures given
        }
       *[seconds] **Extra** · { $left } GPU seconds given
    }
quota-grant-until = until { $when }
quota-note = Counted in usual pictures. What fails, or is cancelled before its first frame, is given back.
quotas-holder =
    { $scope ->
        [everyone] Each member
        [role] Each member with { $holder }
        [member] { $holder } alone
        [channel] All together in { $holder }
        [guild] All together on this server
        [hostmember] From the host, for each person
       *[hostguild] From the host, for this server
    }
quotas-place =
    { $scope ->
        [channel] Everybody in { $holder }
       *[guild] Everybody on this server
    }
quotas-boosters = Server boosters
quotas-what-pictures =
    { $amount ->
        [one] { $amount } picture
       *[other] { $amount } pictures
    } { $period ->
        [hour] an hour
        [day] a day
        [week] a week
       *[month] a month
    }
quotas-what-seconds =
    { $amount ->
        [one] { $amount } GPU second
       *[other] { $amount } GPU seconds
    } { $period ->
        [hour] an hour
        [day] a day
        [week] a week
       *[month] a month
    }
quotas-what-exempt = no limits of their own
quotas-what-waiting =
    up to { $amount ->
        [one] { $amount } picture
       *[other] { $amount } pictures
    } in line at once
quotas-what-running =
    up to { $amount ->
        [one] { $amount } picture
       *[other] { $amount } pictures
    } painted side by side
quotas-what-pixels = sizes up to { $size }
quotas-what-steps =
    up to { $amount ->
        [one] { $amount } step
       *[other] { $amount } steps
    }
quotas-what-engines = engines: { $known }
quotas-what-boosters = { $amount } % more of what members and roles are allowed
quotas-set = Set as rule `#{ $number }`: { $rule }
quotas-removed = Removed: { $rule }
quotas-granted = Given to { $member }: { $grant }
quotas-reset-member = { $member } is counted anew from now on.
quotas-reset-all = Everybody on this server is counted anew from now on.
quotas-show-title =
    { $count ->
        [one] **{ $count } rule**
       *[other] **{ $count } rules**
    }
quotas-show-none = There are no rules: everybody can paint as much as they like. Begin with **/quotas set**.
quotas-show-back = ◀ Back
quotas-show-on = More ▶
quotas-rule-note = The most generous of a member's roles counts, a rule for the member alone takes the roles' place, and the ceilings of the channel, the server and the host bind everybody.
quotas-simulate-yes = **Yes:** { $member } can paint a usual picture in { $channel } now.
quotas-simulate-no = **No:** { $member } cannot paint a usual picture in { $channel } now.
quotas-simulate-left =
    { $count ->
        [one] As things stand, for { $count } more such picture.
       *[other] As things stand, for { $count } more such pictures.
    }
quotas-simulate-when = More comes { $when }.
quotas-because = What says so: { $rule }
quotas-because-nothing = What says so: no rule is about this member here.
quotas-one-target = A rule is about one of them: name a member, a role or a channel, or nobody for each member.
quotas-nothing-given = Nothing was given to set. Fill in at least one of the amounts.
quotas-nobody-given = Name the member or the role that should have no limits of their own.
quotas-no-such-rule = There is no such rule here. Choose one from the list, or see /quotas show.

### Quotas' commands. Names and descriptions as above.

quota-name = quota
quota-description = What you have left, and when more comes
quotas-name = quotas
quotas-description = Who may paint how much on this server
quotas-set-name = set
quotas-set-description = Set a limit for each member, a member, a role, a channel, or all together
quotas-queue-name = queue
quotas-queue-description = How many pictures of a member may wait, and be painted side by side
quotas-allow-name = allow
quotas-allow-description = The largest size, the most steps, and the engines that may be used
quotas-exempt-name = exempt
quotas-exempt-description = Free a member or a role from limits of their own; ceilings still count
quotas-boosters-name = boosters
quotas-boosters-description = Give more to who boosts this server
quotas-remove-name = remove
quotas-remove-description = Remove a rule
quotas-show-name = show
quotas-show-description = All rules of this server
quotas-simulate-name = simulate
quotas-simulate-description = What a member may do now, and which rule says so
quotas-grant-name = grant
quotas-grant-description = Give a member extra pictures or GPU seconds
quotas-reset-name = reset
quotas-reset-description = Count a member, or everybody, anew from now on
quotas-option-limit = limit
quotas-about-limit = How many pictures or GPU seconds; 0 for none
quotas-option-unit = unit
quotas-about-unit = What is counted; pictures if left out
quotas-option-period = period
quotas-about-period = In which time; a day if left out
quotas-option-member = member
quotas-about-member = This member alone
quotas-option-role = role
quotas-about-role = Each member with this role
quotas-option-channel = channel
quotas-about-channel = This channel with its threads
quotas-option-together = together
quotas-about-together = Count the whole server together instead of each member
quotas-option-waiting = waiting
quotas-about-waiting = How many pictures of a member may wait in line
quotas-option-running = running
quotas-about-running = How many pictures of a member may be painted side by side
quotas-option-size = size
quotas-about-size = The largest size, such as 512x512; its area counts
quotas-option-steps = steps
quotas-about-steps = The most steps for a picture
quotas-option-engines = engines
quotas-about-engines = Engines that may be used, with commas between
quotas-option-percent = percent
quotas-about-percent = How much more boosters have; 50 makes 15 of 10, 0 ends it
quotas-option-rule = rule
quotas-about-rule = The rule, from the list or by its number
quotas-option-extra = extra
quotas-about-extra = How many, beside what the rules allow
quotas-option-days = days
quotas-about-days = For how many days; until they are used if left out
quotas-unit-pictures = pictures
quotas-unit-seconds = GPU seconds
quotas-period-hour = an hour
quotas-period-day = a day
quotas-period-week = a week
quotas-period-month = a month

### The filter. $rule, $words and $excuse are an admin's words, without markup.

filter-refused = **Not painted.** The filter of this server forbids “{ $rule }”, which stands here. Nothing was charged; leave it out or say it in other words.
filter-appeal = Ask the moderators
filter-rule = { $kind ->
    [allowed] allowed: { $words }
   *[forbidden] forbidden: { $words }
}
filter-rule-source = from AutoMod, { $source }
filter-added =
    { $kind ->
        [allowed] { $count ->
            [0] **Nothing new is allowed.**
            [one] **{ $count } phrase is now allowed.** What stands inside it is excused.
           *[other] **{ $count } phrases are now allowed.** What stands inside them is excused.
        }
       *[forbidden] { $count ->
            [0] **Nothing new is forbidden.**
            [one] **{ $count } rule is now in force.**
           *[other] **{ $count } rules are now in force.**
        }
    }
filter-known =
    { $count ->
        [one] { $count } of them was there already.
       *[other] { $count } of them were there already.
    }
filter-removed = Removed: { $rule }
filter-list-title =
    { $count ->
        [one] **{ $count } rule of the filter**
       *[other] **{ $count } rules of the filter**
    }
filter-list-none = The filter is empty: no word is forbidden in prompts. Begin with **/filter add**.
filter-list-back = ◀ Back
filter-list-on = More ▶
filter-test-yes = **This would be painted.**
filter-test-no = **This would be refused.**
filter-test-match = Rule `#{ $number }` forbids { $rule }:
filter-test-excused = Rule `#{ $number }` forbids { $rule }, but { $excuse } is allowed:
filter-test-more =
    { $count ->
        [one] and { $count } more place
       *[other] and { $count } more places
    }
filter-imported =
    { $rules ->
        [0] **No keyword rule was found** that is switched on in AutoMod, so nothing was taken over.
       *[other] { $count ->
            [one] **{ $count } word or phrase** was taken over from AutoMod.
           *[other] **{ $count } words and phrases** were taken over from AutoMod.
        }
    }
filter-imported-patterns =
    { $count ->
        [one] { $count } regular expression was left out: this filter knows words alone.
       *[other] { $count } regular expressions were left out: this filter knows words alone.
    }
filter-imported-unusable =
    { $count ->
        [one] { $count } entry was left out, since it has no letters to look for.
       *[other] { $count } entries were left out, since they have no letters to look for.
    }
filter-imported-note = Discord does not show the words of its own lists. Use this again when AutoMod’s rules have changed.
filter-import-right = Gala may not read this server’s AutoMod rules yet. Give its role the right **Manage Server** in Server Settings → Roles, use this again, and take the right back afterwards if you like.
filter-import-failed = Discord did not tell the AutoMod rules. Please try again in a moment.
filter-unusable = “{ $words }” cannot be a rule. A rule is a word or a phrase of at most { $limit } characters; beside a star it needs two letters.
filter-too-many = That is too much at once. Give at most { $limit } words and phrases, and the rest after that.
filter-full = There is room for { $limit } rules. Remove some first.
filter-no-such-rule = There is no such rule here. Choose one from the list, or look at /filter list.

### The filter's commands. Names and descriptions as above.

filter-name = filter
filter-description = What is forbidden in prompts on this server
filter-add-name = add
filter-add-description = Forbid words or phrases in prompts
filter-remove-name = remove
filter-remove-description = Remove a rule of the filter
filter-list-name = list
filter-list-description = All rules of the filter
filter-allow-name = allow
filter-allow-description = Allow a phrase in spite of the rules, such as: naked mole rat
filter-test-name = test
filter-test-description = Try out what the filter says of a prompt; nothing is painted
filter-import-name = import
filter-import-description = Take over the keyword rules of this server’s AutoMod
filter-option-words = words
filter-about-words = Words or phrases with commas between; a star stands for any letters: cat*
filter-option-rule = rule
filter-about-rule = The rule, from the list or by its number
filter-option-prompt = prompt
filter-about-prompt = A prompt, as for /imagine

### The output check. $concept is what an admin has typed, $share a number of per cent with its sign.

filter-picture-name = picture
filter-picture-description = What Gala’s pictures are checked for before they are posted
concept-add-name = add
concept-add-description = Have pictures looked at for something, such as: a snake
concept-remove-name = remove
concept-remove-description = Look for something no more
concept-list-name = list
concept-list-description = All that pictures are checked for
concept-channel-name = channel
concept-channel-description = Another threshold for one channel and its threads
concept-test-name = test
concept-test-description = Try out what the check sees in a picture, and what it would do
concept-option-words = words
concept-about-words = What to look for, as one would say what a picture shows: a snake
concept-option-action = action
concept-about-action = What becomes of a picture in which it is seen
concept-option-threshold = threshold
concept-about-threshold = From how many per cent on it counts as seen; lower sees more, and more that is not there
concept-option-restricted = age-restricted
concept-about-restricted = The threshold in age-restricted channels; 0: it is not looked for there
concept-option-concept = concept
concept-about-concept = What is looked for, from the list or by its number
concept-option-channel = channel
concept-about-channel = The channel
concept-option-code = code
concept-about-code = The six letters below a picture of Gala’s
concept-option-picture = picture
concept-about-picture = Any picture
concept-action-spoiler = cover it (spoiler)
concept-action-hold = hold it for the moderators
concept-action-refuse = refuse it
concept-from = from { $share }
concept-restricted = age-restricted { $share }
concept-added = **Pictures are checked for it from now on.** { $concept }
concept-unknown = Gala’s model has not learned these words, so the check will hardly see it: { $words }
concept-removed = Not looked for any more: { $concept }
concept-kept = From now on: { $concept }
concept-list-title =
    { $count ->
        [one] **Pictures are checked for { $count } thing**
       *[other] **Pictures are checked for { $count } things**
    }
concept-list-none = Pictures are not checked on this server. Begin with **/filter picture add**.
concept-list-note = A check misses some, and sees some that is not there. Try yours with /filter picture test.
concept-test-pass = This would be posted here.
concept-test-spoiler = This would be posted here covered.
concept-test-hold = This would wait for the moderators.
concept-test-refuse = This would not be posted here.
concept-test-note = The bar is the share of what is looked for among captions of all sorts; cos is the CLIP’s bare cosine.
concept-test-one = Give either the code of a picture or a picture, one of the two.
concept-full = There is room for { $limit } things to look for. Remove one first.
concept-no-inbox = There is no inbox for moderators who could decide. Choose one with /setup first, or have such pictures refused or covered.
concept-unusable = That cannot be looked for. Say in at most { $limit } characters what a picture would show, such as: a snake.
concept-none-such = That is not looked for here. Choose from the list, or look at /filter picture list.
card-held-picture = **Waits for a moderator.** The check of this server sees “{ $concept }” in the picture, so moderators look at it first. It comes here once they let it through.
failed-refused-picture = The check of this server sees “{ $concept }” in the picture, and does not let it be posted. Nothing was charged. The check can be wrong: another seed may help, or the moderators.
failed-refused-held = The moderators have looked at the picture, in which the check saw “{ $concept }”, and do not let it be posted. Nothing was charged.
plea-sent = The picture is before the moderators now. If they let it through, it comes into this channel.
plea-unknown = Gala no longer has this picture. Have it painted again, and ask the moderators then.
plea-declined = The moderators of { $guild } have looked at your picture, and it stays refused.
case-held = **Held back:** a picture waits for your word
case-plea = **Asks you to look at a picture that was refused**
case-concept = Seen in it: { $concept } · { $share } %
case-release = Release
case-refuse = Refuse
case-done-release = Let through
case-done-refuse = Refused, nothing charged
case-decided = That is decided already, or Gala no longer has this picture.
audit-concept-add = had pictures checked for:
audit-concept-remove = ended a check of pictures:
audit-concept-channel = changed a check of pictures in
audit-case-release = let a held picture through:
audit-case-refuse = refused a held picture:

### The moderators. $rule names a rule of the filter.

inbox-none = This server has no inbox for its moderators yet. Write to one of them yourself; an admin can choose the channel with /setup.
inbox-closed = Gala may not write in the moderators' channel, so they cannot see this yet. Tell one of them yourself; Gala has written it down.
report-menu-name = Report to moderators
report-title = Report this picture
report-reason = What is wrong with it?
report-about = Only the moderators read this. You can leave it empty.
report-placeholder = It shows…
report-thanks = Thank you. The moderators of this server have it before them now.
report-known = You have reported this picture already, and the moderators have it before them.
report-unknown = Only pictures that Gala has painted on this server, and still knows, can be reported.
appeal-sent = Your prompt is before the moderators now. Gala writes to you when they have decided, if you take messages from this server.
appeal-unknown = Gala no longer knows this refusal. Try the prompt again, and ask the moderators then.
appeal-declined = The moderators of { $guild } have looked at your prompt, and it stays refused.
appeal-allowed = The moderators of { $guild } have looked at your prompt and changed the filter. You can try it again in { $channel }.
case-report =
    { $count ->
        [one] **Reported** by { $count } member
       *[other] **Reported** by { $count } members
    }
case-filter =
    { $count ->
        [one] **Refused by the filter**
       *[other] **Refused by the filter**, { $count } times; the last time:
    }
case-appeal = **Asks you to look at a refusal**
case-rule = Rule: { $rule }
case-message = message
case-delete = Delete everywhere
case-blur = Blur
case-refund = Refund
case-suspend = Suspend…
case-allow = Allow…
case-dismiss = Dismiss
case-close = Done
case-done-delete = Deleted everywhere
case-done-blur = Blurred
case-done-refund = Given back what it was charged
case-done-suspend = Suspended
case-done-allow = Allowed from now on
case-done-dismiss = Closed
case-unknown = Gala no longer knows this case.
case-done-already = That is done already, or the case is closed.
case-gone = This picture is not there any more, so there is nothing to blur.
case-blur-failed = Discord did not let Gala change the message. Please try again in a moment.
case-nothing-to-refund = Nothing is charged for this picture any more.
suspend-title = Suspend
suspend-span = For how long may they not paint?
suspend-reason = Why?
suspend-about = They are told this when they try to paint. You can leave it empty.
suspend-hour = An hour
suspend-day = A day
suspend-three = Three days
suspend-week = A week
suspend-month = 30 days
suspend-year = A year
allow-title = Allow in spite of the filter
allow-words = Which words?
allow-about = Cut this down to what is harmless: what stands inside it is excused from now on.

### Privacy

privacy-name = privacy
privacy-description = What Gala keeps of you: take it with you, or have it erased
privacy-export-name = export
privacy-export-description = Get all that Gala keeps of you as ZIP files, on all servers
privacy-erase-name = erase
privacy-erase-description = Have all erased that Gala keeps of you, on all servers
privacy-package = **File { $number } of what Gala keeps of you**, with { $count ->
        [0] no pictures
        [one] { $count } picture
       *[other] { $count } pictures
    }
privacy-next = Next file
privacy-last = This is the last file. Only you see this.
privacy-busy = Gala is still packing a file for you. Try again in a moment.
privacy-question = **Erase all that Gala keeps of you?** On all servers, and for good:{ $count ->
        [0] {""}
        [one] {" "}{ $count } picture with its message and its file,
       *[other] {" "}{ $count } pictures with their messages and their files,
    } your prompts, what is being painted for you, your hearts, albums and searches.
privacy-stays = Some things stay for a time: what you have painted in the last 32 days goes on counting for your quota (as a number, without words), a suspension stays until it is over, and what is before moderators until they have decided. What moderators have written in their log stays.
privacy-erase = Erase everything
privacy-erasing = **It is being erased.** That can take some minutes; Gala writes to you when it is done, if you take messages from it. Your messages that others have copied are beyond its reach.
privacy-erased = What Gala kept of you is erased. What has to wait a while, as it said, follows by itself.

### The gallery

gallery-name = gallery
gallery-description = Browse the pictures that were painted here
gallery-view-name = show
gallery-view-description = Which pictures, and in which order
gallery-view-newest = Newest first
gallery-view-loved = Most loved first
gallery-view-mine = Mine
gallery-view-favourites = Those I love
gallery-member-name = member
gallery-member-description = Only pictures of this member
gallery-model-name = model
gallery-model-description = Only pictures of this model
gallery-until-name = until
gallery-until-description = Only pictures up to this day, such as 2026-11-24
gallery-title = { $order ->
    [loved] ### Gallery, most loved first
   *[other] ### Gallery, newest first
}
gallery-empty = There is nothing here yet. Paint something with /imagine, or look for something else.
gallery-past-end = There is nothing further on.
gallery-no-words = (no words)
gallery-file-gone = its file is gone
gallery-hidden = only you see it
gallery-bad-day = “{ $value }” is not a day. Write it as year-month-day, for example: 2026-11-24
button-newest = Back to the first page
button-newer = ◀ Newer
button-older = Older ▶
show-name = show
show-description = Show a picture by its code, with its whole recipe
show-code-name = code
show-code-description = The six letters below the picture
show-gone = **The file of this picture is gone.** It can be painted again from its recipe.
show-kin = What it was made from, and what was made of it
button-save = Save…
button-recipe = Recipe
button-hide = Hide
button-unhide = Show to all
button-replay = Paint it again
button-message = Message
heart-given = ♥ { $hearts ->
    [one] It has { $hearts } heart now.
   *[other] It has { $hearts } hearts now.
}
heart-taken = Taken back. { $hearts ->
    [one] It has { $hearts } heart now.
   *[other] It has { $hearts } hearts now.
}
hidden-now = Hidden: in the gallery, only you see it. The message in its channel stays; Delete removes that.
shown-now = Whoever may read its channel sees it in the gallery again.
recipe-copy = This makes the same picture again, on the same machine to the last pixel:
recipe-has-init = It starts from a picture: attach that as init, too.
recipe-has-targets =
    { $count ->
        [one] It is drawn to a target picture: attach that as target, too.
       *[other] It is drawn to { $count } target pictures: attach them as target and target2, too.
    }
code-unknown = There is no picture of this code that you can see here. A code is six letters, below every picture.

### Steering

button-steer = Steer
steer-title = Steer this picture
steer-prompt = From here on
steer-steps = Steps in all
steer-steps-hint = More of them give it more time; the count goes on.
steer-steps-not-read = “{ $value }” is not a number of steps. Write a whole number, for example: 120
card-turn = from step { $step }: { $prompt }

### Places and people

policy-suspended = An admin has suspended painting for you on this server. It ends { $when }. Reason: { $reason }
policy-paused = An admin has paused painting on this server. Please try again later; nothing was charged.
policy-draining = An admin has closed the line on this server: what waits is still painted, and nothing new is taken.
policy-place-denied = The admins do not want pictures painted here. Please try another channel.
policy-place-not-chosen = Pictures are not painted here. Please go to: { $places }
policy-role-denied = With the role { $roles } you cannot paint on this server. Ask an admin if that should be otherwise.
policy-role-not-chosen = To paint on this server you need one of these roles: { $roles }. Ask an admin for it.
span-not-read = “{ $value }” is not a span of time. Write one such as 30m, 2h, 3 days or 1w; ten years at most.
span =
    { $unit ->
        [minute] { $count ->
            [one] { $count } minute
           *[other] { $count } minutes
        }
        [hour] { $count ->
            [one] { $count } hour
           *[other] { $count } hours
        }
        [day] { $count ->
            [one] { $count } day
           *[other] { $count } days
        }
       *[week] { $count ->
            [one] { $count } week
           *[other] { $count } weeks
        }
    }
suspension-line = { $member } cannot paint here; that ends { $when }.
suspension-ended = { $member } can paint here again.
suspension-none = { $member } is not suspended here.
suspensions-title =
    { $count ->
        [0] Nobody is suspended here.
        [one] **{ $count } member is suspended**
       *[other] **{ $count } members are suspended**
    }
audit-title =
    { $count ->
        [0] **Audit log** · nothing was done yet
        [one] **Audit log** · { $count } row
       *[other] **Audit log** · { $count } rows
    }
audit-newer = ◀ Newer
audit-older = Older ▶
audit-csv = As a file (CSV)
audit-file =
    { $count ->
        [one] { $count } row of the audit log; times are UTC.
       *[other] { $count } rows of the audit log, oldest first; times are UTC.
    }

### The line, as /queue shows it

line-title =
    { $count ->
        [0] **The line** · nothing is being painted here
        [one] **The line** · { $count } picture
       *[other] **The line** · { $count } pictures
    }
line-paused = **Paused:** what waits keeps its place, and nothing new is taken.
line-draining = **Closed:** what waits is still painted, and nothing new is taken.
line-more = and { $count } more
line-painting = being painted
line-held = paused
line-unknown = not known yet
line-elsewhere = in another channel
line-refresh = Refresh
line-pause = Pause
line-resume = Open
line-drain = Close
line-clear = Clear…
line-clear-sure =
    { $count ->
        [one] Yes, cancel { $count } picture
       *[other] Yes, cancel { $count } pictures
    }
line-clear-no = No, keep them

### Admins' commands. Names and descriptions as above.

queue-name = queue
queue-description = Who waits for which picture here, and for how long
suspend-name = suspend
suspend-description = Let a member not paint here for a time
suspend-member-name = member
suspend-member-description = Who cannot paint
suspend-duration-name = duration
suspend-duration-description = For how long, such as 2h, 3 days or 1w; it ends by itself
suspend-reason-name = reason
suspend-reason-description = Why; the member reads it when they try to paint
unsuspend-name = unsuspend
unsuspend-description = Let a suspended member paint again
unsuspend-member-name = member
unsuspend-member-description = Who can paint again
suspensions-name = suspensions
suspensions-description = Who cannot paint here at the moment, until when, and why
audit-name = audit
audit-description = What admins have done here

album-command-name = album
album-command-description = Your own albums of pictures, which nobody else sees
album-open-name = open
album-open-description = Look at an album
album-rename-name = rename
album-rename-description = Give an album another name
album-remove-name = remove
album-remove-description = Take a picture out of an album
album-delete-name = delete
album-delete-description = Delete an album; its pictures stay in the gallery
album-option-album = album
album-option-album-description = One of your albums
album-option-name = name
album-option-name-description = The new name
album-option-code = code
album-option-code-description = The six letters below the picture
album-new = New album
album-name = Its name
album-choose = Choose an album
album-which = **Into which album with `{ $code }`?**
album-added = Saved in { $album }.
album-has-it = It is in { $album } already.
album-removed = Taken out of the album.
album-renamed = The album is now called { $album }.
album-deleted = The album { $album } is deleted. Its pictures stay in the gallery.
album-unknown = You have no such album. Press Save… below a picture to make one.
album-has-not = That picture is not in this album.
album-name-taken = You have an album of that name already. Choose another name.
album-no-name = An album needs a name. Write a few letters or digits.
album-too-many = You have as many albums as one can have. Delete one first.

### Recipes, frames, families and what members take along

recipe-menu-name = Recipe of this picture
recipe-title = { $code ->
    [none] **Recipe, as the file has it**
   *[other] **Recipe of** `{ $code }`
}
recipe-long = *The prompt is too long to be shown here. Save the picture and ask whoever hosts Gala for* `gala recipe FILE`.
recipe-film = { $frames ->
    [one] The last of { $frames } frame of a film; /zoom paints one.
   *[other] The last of { $frames } frames of a film; /zoom paints one.
}
recipe-init = It started from another picture: attach that one as `init`.
recipe-targets =
    { $count ->
        [one] It was drawn to a target picture: attach that one as `target`.
       *[other] It was drawn to { $count } target pictures: attach them as `target` and `target2`.
    }
recipe-no-picture = This message has no picture attached. Choose one that has.
recipe-none =
    This picture carries no recipe. Gala's own files do, but many apps and sites strip it. Try the message in which
    Gala posted it.

button-frames = Frames
frame-title = frame { $number } of { $count } · step { $step } of { $steps }
frame-jump = Jump to a step
frame-step = step { $step }
frame-take = Paint it up to here
frame-steered = This picture was steered on the way, so it cannot be painted up to there again. Start anew from the frame.
frame-from = Start anew from here
frame-from-title = A new picture from this frame
frame-from-prompt = What shall it become?
frames-gone = There are no frames of this picture: it came too quickly, or they are no longer kept.

film-name = film
film-description = Show how a picture came to be, as a film
film-code-name = code
film-code-description = The six letters below a picture
film-format-name = format
film-format-description = MP4 plays everywhere and is what you get otherwise
film-speed-name = speed
film-speed-description = How fast it goes
film-speed-normal = as usual
film-speed-slow = half as fast
film-speed-fast = twice as fast

zoom-name = zoom
zoom-description = Paint a film whose camera moves through what you say
zoom-prompt-name = prompt
zoom-prompt-description = What is to be seen; scenes have spans: a forest @0-60% | a city @40-100%
zoom-direction-name = direction
zoom-direction-description = Where the camera goes; in, if you do not choose
zoom-frames-name = frames
zoom-frames-description = How many; twelve of them last a second
zoom-start-name = from
zoom-start-description = The six letters below a picture that it starts from
zoom-in = in
zoom-out = out
zoom-left = left
zoom-right = right
zoom-up = up
zoom-down = down
zoom-rotate = round

family-name = family
family-description = Draw what a picture was made from, and what was made from it
family-code-name = code
family-code-description = The six letters below a picture
family-title = { $count ->
    [1] `{ $code }` has no relatives that you can see here.
    [one] The family of `{ $code }`: { $count } picture.
   *[other] The family of `{ $code }`: { $count } pictures.
}

button-send = Send to me
button-original = To the message
sent = Sent. It is in your direct messages with Gala.
send-closed =
    Gala may not write to you. Allow direct messages from this server in its privacy settings, then try again; or
    save the picture from its message.
send-failed = Discord did not take it just now. Please try again in a moment.
picture-gone = The file of this picture is gone. Its recipe is still there: paint it again with that.

download-name = download
download-description = Your pictures or favourites as ZIP files with their recipes
download-what-name = what
download-what-description = Which pictures; your own if left out
download-album-name = album
download-album-description = One of your albums instead
download-before-name = before
download-before-description = Only those older than the picture of this code
download-mine = My pictures
download-favourites = My favourites
download-part = { $lost ->
    [0] ZIP { $number }: { $count ->
        [one] { $count } picture
       *[other] { $count } pictures
    } and `recipes.json`.
   *[other] ZIP { $number }: { $count ->
        [one] { $count } picture
       *[other] { $count } pictures
    } and `recipes.json`. Files that are gone: { $lost }.
}
download-more = There is more: `/download before:{ $code }` goes on.
download-none-mine = You have no pictures here that could be taken along. /imagine makes one.
download-none-loved = You have no favourites here yet. Give a picture a heart first.
download-none-album = There is nothing in this album that can be taken along here.
download-too-large = Discord takes no file as large as this here. Please try it in another channel.

showcase-name = showcase
showcase-description = Show your pictures in the server's showcase
showcase-add-name = add
showcase-add-description = Show one of your own pictures to all
showcase-remove-name = remove
showcase-remove-description = Take your picture out of the showcase
showcase-place-name = place
showcase-place-description = For admins: choose the showcase's channel or forum
showcase-option-code = code
showcase-about-code = The six letters below your picture
showcase-option-channel = channel
showcase-about-channel = A channel or a forum; left out, there is no showcase
showcase-shown = It is in the showcase: { $url }
showcase-taken = It is no longer in the showcase.
showcase-not-there = That picture is not in the showcase.
showcase-placed = The showcase is { $channel } now. Gala needs to see it and to send messages there; with the right to pin, it pins the best of each week.
showcase-ended = There is no showcase now. What stands in it stays.
showcase-none = This server has no showcase. An admin can choose one with `/showcase place`.
showcase-blurred = Moderators have blurred this picture, so it cannot stand in the showcase.
showcase-adult = This picture comes from a channel for adults, and the showcase is not for adults only.
showcase-closed = Gala may not write in the showcase. Ask an admin to let it see the channel and send messages there.
showcase-original-gone = The message with this picture is gone, so it cannot be forwarded.
showcase-best = { $hearts ->
    [one] 🏆 **The best of the week**: `{ $code }` by { $member }, with { $hearts } heart
   *[other] 🏆 **The best of the week**: `{ $code }` by { $member }, with { $hearts } hearts
}
button-there = Look at it
audit-showcase = showcase chosen:

### Setup

setup-name = setup
setup-description = Where painting is allowed and by whom, language, time zone, log and inbox
setup-title = **Gala on this server**
setup-page-places = Places
setup-page-place = One channel
setup-page-people = People
setup-page-channels = Channels
setup-page-habits = Habits
setup-about-places = Where pictures are painted. A channel inherits from its category, a thread from its channel.
setup-about-place = What is different in one channel, or in all channels of a category.
setup-about-people = Who paints. A role that cannot paint is stronger than one that can.
setup-about-channels = Where Gala tells you and your moderators what happens, and where finished pictures go.
setup-about-habits = How Gala speaks and counts here.
setup-places-allowed = Paint **only** here. Nothing chosen: everywhere.
setup-places-denied = **Never** paint here.
setup-roles-allowed = **Only** members with one of these roles paint. Nothing chosen: everybody.
setup-roles-denied = Members with one of these roles **never** paint.
setup-log = **Log**: what admins and moderators have done.
setup-inbox = **Inbox** for moderators: reports and refused prompts.
setup-results = **Results**: finished pictures of all channels go here. Nothing chosen: where they were asked for.
setup-language = **Language** of the cards that everybody sees. What only a member sees stays in their own.
setup-language-asker = That of who asks
setup-language-en-us = English
setup-language-ru = Русский
setup-tidy = **Before a picture is finished**, the channel shows
tidy-card = A card for each picture
tidy-member = A thread for each member
tidy-day = A thread for each day
tidy-final = Nothing: only who has asked sees the card
setup-zone = **Time zone** of quotas’ days, weeks and months.
setup-retention = **Pictures are kept** this long, then forgotten. Favourites are never taken.
setup-retention-never = For good
setup-place = **Which one?**
setup-one-place = Choose a channel or a category
setup-any-place = Choose channels or categories
setup-any-role = Choose roles
setup-no-channel = None
setup-fine = ✅ Gala has every permission that it needs for this.
setup-kept = ✅ Kept.
setup-not-kept = So this was not kept. Grant them, then choose the channel again.
setup-gone = A channel that was chosen here is no longer there. Choose another.
setup-missing =
    In { $channel } Gala lacks: { $rights }. Open that channel’s settings, then Permissions, add Gala, and allow these.
place-above = As further up: { $value }
place-as-above = As further up
place-painting = **Painting** there.
place-yes = one paints
place-no = one does not paint
place-allowed = Paint here, and only in places chosen like this
place-denied = Never paint here
place-results = **Finished pictures** go to this channel. Nothing chosen: as further up ({ $value }). The place itself chosen: where they were asked for.
place-here = where they were asked for
place-ruled = Quotas of this channel, from /quotas:

### What members prefer

preferences-name = preferences
preferences-description = What you get with /imagine where you ask for nothing else, on all servers
preferences-title = **Your preferences**, on all servers. What you write in a prompt or choose with it wins over them, and a server’s limits hold.
preferences-language = **Language** of what Gala tells you. A server can have one of its own for what everybody sees.
preferences-model = **Model**, and with it the engine.
preferences-style = **Style** of prompts that name none. `--style none` goes without.
preferences-shape = **Shape** of your pictures. *More…* takes a size in pixels, too.
preferences-usual-language = That of your Discord
preferences-usual-model = The usual one ({ $model })
preferences-usual-style = None
preferences-usual-shape = The model’s own
preferences-steps = **Steps**
preferences-init-weight = **Weight of an attached picture**
preferences-unwanted = **Never wanted**
preferences-form = More…
preferences-reset = Reset
preferences-kept = ✅ Kept.
preferences-cleared = ✅ Everything is as usual again.
preferences-form-title = Your preferences
preferences-label-shape = Ratio or size
preferences-hint-shape = For example 3:2 or 512x256. Nothing: the model’s own.
preferences-label-steps = Steps
preferences-hint-steps = Nothing: as many as your model usually takes.
preferences-label-init-weight = Weight of an attached picture
preferences-hint-init-weight = As after --iw, for example 1.5. Nothing: 0.5.
preferences-label-unwanted = What you never want to see
preferences-hint-unwanted = As after --no, with commas: text, blur. A prompt that has its own goes without.
preferences-other-flag = Only sizes, steps, a weight and words fit here. Leave the other flags out.
preferences-model-gone = ⚠️ The model { $model } is not here any more. You get the usual one; choose another if you like.
preferences-style-gone = ⚠️ There is no style “{ $style }” here any more. Your prompts go without; choose another if you like.
preferences-steps-gone =
    ⚠️ Pictures here take { $limit ->
        [one] { $limit } step
       *[other] { $limit } steps
    } at most now, fewer than you have chosen. You get the model’s own.
preferences-passed =
    Some of your preferences cannot be had here at the moment ({ $names }), so this is painted as usual there. /preferences changes them.
preferences-name-model = model
preferences-name-style = style
preferences-name-shape = shape
preferences-name-steps = steps
preferences-name-init-weight = weight of an attached picture
preferences-name-unwanted = what is never wanted

### Answers that only the member sees

button-unknown = Gala no longer knows this picture. Ask for a new one with /imagine.
button-not-yours = Only the member who asked for this picture may do that. You can ask for your own with /imagine.
button-too-late = That is already over.
stop-too-early = This picture has only just begun: there is nothing to keep yet. Try again in a moment.
zoom-of-nothing = Say what is to be seen, as the prompt, or give the code of a picture to start from.
zoom-engine = The model { $model } cannot paint on from a picture, so there are no camera films with it. Choose another with --model.
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
right-create-public-threads = Create Public Threads
right-attach-files = Attach Files
right-embed-links = Embed Links
right-read-message-history = Read Message History
init-lost = The picture to start from is no longer there. Attach it again.
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

### Grids

grid-not-here = The model { $model } paints one picture at a time. Leave the grid out, or choose a model that draws code by code, such as `--model pocket`.
keep-not-here = The model { $model } cannot keep the top of a picture. Leave `keep` out, or choose a model that draws code by code, such as `--model pocket`.
keep-of-shown = The model { $model } is shown the attached picture and paints another one from it: no part of it can be kept. Leave `keep` out, or paint a grid and press V.
keep-of-nothing = There is no picture whose top could be kept. Attach one as `init`.
grid-scores = likeness { $scores }
grid-from = from picture { $number } of a grid
grid-kept = the top { $percent } % kept
grid-picks = U: paint one of them out
grid-redraws = V: keep the top half of one, draw the rest anew

### What can be typed

guide-name = imagine-help
guide-description = All that you can write after /imagine, with examples
guide-words = What you can write
guide-word-parts = two parts of one picture
guide-word-weight = parts with weights; only the proportion counts, and a negative one pushes away
guide-word-double = the same, as in Midjourney
guide-word-stop = a weight, and a bound on how closely the part is followed
guide-word-span = a part for a span of the making, in percent of the steps
guide-word-choices = a picture for each choice
guide-word-plain = a backslash makes the sign after it plain text
guide-flags = What can stand at the end
guide-flag-ar = the ratio of width to height
guide-flag-size = width and height in pixels
guide-flag-seed = where chance begins; the same seed repeats a picture
guide-flag-steps = how many steps it takes
guide-flag-no = what should not be there
guide-flag-iw = how strongly an attached picture holds
guide-flag-tw = how strongly an attached target picture draws, or with a minus drives off
guide-flag-target = earlier pictures that it is to resemble, by their codes
guide-flag-start = what it begins as: noise, gradient or snow
guide-flag-tile = can be repeated without a seam
guide-flag-noise = a random direction, by its seed and weight
guide-flag-letters = words may be written into it
guide-flag-patience = ends early after so many steps without gain
guide-flag-engine = the way to make it
guide-flag-model = the model
guide-flag-style = a preset of the host’s, written into the prompt
guide-flag-n = several pictures at once, the best first
guide-flag-keep = how much of an attached picture stays, from the top
guide-styles = Styles
guide-options = What you choose in the options of the command wins over a flag.
