"""The scene grammar's own words: nouns by kind, verbs by what they ask for, prepositions by meaning.

An underscore separates the parts of a compound: "tennis_ball" is compound(ball, tennis). A word that stands twice is drawn
twice as often.
"""

from __future__ import annotations

__all__ = [
    "ADJECTIVES",
    "COLOURS",
    "CORE",
    "FLUID_PARTS",
    "MANNERS",
    "MASS",
    "MATERIALS",
    "MODIFIERS",
    "NONCE_ENDINGS",
    "NONCE_MIDDLES",
    "NONCE_ONSETS",
    "NONCE_VOWELS",
    "NOUNS",
    "NUMBERS",
    "PATHS",
    "PLACES_OF",
    "PLURAL_ONLY",
    "VERBS",
]


def _words(text: str) -> list[str]:
    return text.split()


NOUNS: dict[str, list[str]] = {
    "solid": _words(
        """
        drop drop roll slice stick splash wave swing water_drop water_droplet tennis_ball paper_towel coffee_mug
        soda_can stress_ball rolling_pin baking_soda tuning_fork gaming_mouse fishing_rod watering_can measuring_cup
        frying_pan parking_meter wrapping_paper building_block washing_machine sewing_machine magnifying_glass ball ball tennis_ball rubber_ball soccer_ball bowling_ball basketball golf_ball
        beach_ball ping_pong_ball steel_ball marble box box crate cube block brick domino coin ring disc disk hoop
        wheel tire barrel cylinder cone sphere pyramid plate dish bowl cup mug glass wine_glass bottle jar vase pot
        can tin tray bucket basket bag book notebook pen pencil eraser ruler stapler clock watch phone cell_phone
        camera laptop keyboard remote hammer wrench nail screw screwdriver spoon fork knife pan kettle teapot lid
        cap cork button key lock helmet shoe boot hat toy toy_car toy_train doll teddy_bear rubber_duck duck balloon
        kite feather leaf stick log plank rod pole pipe tube beam spring chain string rope wire magnet weight
        dumbbell kettlebell anvil stone rock pebble boulder snowball ice_cube icicle egg apple orange banana lemon
        melon watermelon tomato potato carrot onion grape cherry cookie cake bread sandwich pizza candle match
        matchstick lamp light_bulb bulb lantern chair stool pillow cushion towel blanket umbrella suitcase backpack
        package parcel envelope card playing_card paper_plane paper_airplane dart arrow bullet puck frisbee
        shuttlecock bat racket club pendulum pendulum bob wrecking_ball cradle seesaw spinner top gyroscope gear
        lever pulley cart wagon sled skateboard block_tower tower stack house_of_cards statue figurine mirror prism
        lens seed acorn nut walnut coconut pumpkin shell seashell bone needle pin clip paperclip tape sponge soap
        soap_bubble bubble chalk crayon brush paintbrush comb scoop ladle whisk grater canister flask beaker
        test_tube funnel syringe dropper thermometer battery bell drum guitar violin trophy medal badge gem diamond
        crystal tile slab sheet board panel pane window door gate fence_post sign flag kayak_paddle oar anchor
        meteor satellite rocket droplet raindrop hailstone snowflake wooden_block stack pile chocolate_bar candy
        lollipop donut bagel loaf toast pancake burger steak sausage meatball jelly gelatin tofu butter cheese
        barbell shot_put javelin discus hockey_puck snow_globe music_box spool bobbin yoyo sandbag ball_bearing
        tennis_racket baseball_bat boomerang slingshot catapult trebuchet cannonball mannequin dummy
        crash_test_dummy robot grabber_tool claw gripper robot_arm crane spatula tool contraption device machine
        turntable object item
    """
    ),
    "fluid": _words(
        """
        water milk wine juice oil honey syrup paint ink coffee tea soup sauce beer lava mud sand smoke steam fog
        mist vapor foam blood acid liquid soda lemonade broth cream batter rain rainwater seawater gasoline petrol
        alcohol vinegar glue resin wax chocolate gravy ketchup shampoo detergent dye lemon_juice orange_juice
        tap_water red_wine olive_oil food_coloring sugar salt rice flour powder gravel grain snow dust slime mercury
    """
    ),
    "animal": _words(
        """
        cat dog puppy kitten horse rabbit bunny bird eagle duck goose swan fish shark whale dolphin turtle frog
        snake lizard elephant lion tiger bear panda monkey cow sheep goat pig chicken rooster mouse rat squirrel fox
        wolf deer giraffe zebra kangaroo penguin parrot owl bee butterfly ant spider snail crab octopus dragonfly
        hamster camel crocodile golden_retriever polar_bear
    """
    ),
    "person": _words(
        """
        person person person man man woman woman child boy girl adult kid toddler baby dancer chef worker player
        runner swimmer skater skier surfer climber cyclist athlete gymnast farmer painter musician magician juggler
        student teacher scientist cowboy soldier firefighter carpenter bartender waiter mechanic diver golfer boxer
        acrobat archer golfer goalkeeper goalie soccer_player basketball_player tennis_player astronaut monk
        wrestler skateboarder snowboarder someone
    """
    ),
    "body": _words(
        """
        hand hand finger foot arm leg head knee elbow tail paw wing mouth thumb palm fist shoulder nose ear beak
        fingertip
    """
    ),
    "vehicle": _words(
        """
        car truck bus van bicycle bike motorcycle scooter train tram boat ship sailboat kayak canoe raft airplane
        plane helicopter drone jet rocket tractor bulldozer forklift taxi race_car sports_car fire_truck
        hot_air_balloon submarine ferry speedboat spaceship segway
    """
    ),
    "support": _words(
        """
        table table desk shelf bookshelf counter countertop bench workbench ramp slope incline staircase step stool
        platform ledge windowsill sill roof rooftop balcony bridge cliff hill hillside tower wooden_table
        kitchen_counter kitchen_table coffee_table tabletop conveyor_belt turntable pedestal stand rack tray track
        rail plank plate cutting_board mat rug carpet sofa couch bed chair pool_table trampoline diving_board seesaw
        edge surface dining_table bar beam scaffold pallet
    """
    ),
    "ground": _words(
        """
        floor floor ground ground pavement sidewalk road street grass lawn field carpet sand beach ice
        concrete_floor wooden_floor tile_floor marble_floor hardwood_floor court driveway playground snow dirt
        concrete asphalt surface deck
    """
    ),
    "container": _words(
        """
        box bowl cup mug glass bottle jar bucket basket bag sink tub bathtub pool swimming_pool pot pan tank
        fish_tank aquarium basin barrel crate drawer bin trash_can beaker flask vase tray container hole pit drain
        pond puddle lake river dish goblet pitcher jug kettle cauldron carton funnel wine_glass coffee_cup
        cereal_bowl
    """
    ),
    "obstacle": _words(
        """
        wall fence window door tree pole post rock barrier goalpost hoop net mirror car bumper rim pillar column
        bush hedge curb lamppost tower stack pyramid screen backboard target brick_wall glass_wall wooden_wall
        bowling_pin pin domino block_tower wooden_fence
    """
    ),
    "place": _words(
        """
        moon gravity zero_gravity vacuum park garden kitchen room living_room street forest desert beach sky air
        yard backyard office city field valley mountain river sea ocean lake stadium gym court playground
        street_corner parking_lot farm village town station workshop laboratory lab studio garage hallway bathroom
        snow rain wind sunlight moonlight wilderness meadow jungle
    """
    ),
    "scenery": _words(
        """
        sky cloud sun moon star wave river stream waterfall fire flame wind breeze storm lightning smoke shadow
        reflection light grass leaf tree flower branch petal curtain flag candle_flame rain snow sunlight dust
        ripple crowd traffic fountain windmill volcano tornado avalanche campfire
    """
    ),
    "cloth": _words(
        """
        cloth tablecloth towel curtain flag blanket sheet scarf shirt dress skirt cape sail tent banner ribbon
        napkin silk sock handkerchief jacket coat fabric rug net parachute
    """
    ),
    "part": _words(
        """
        end tip top bottom side edge corner center middle rim handle lid base surface neck mouth half front back
        face
    """
    ),
    "abstract": _words(
        """
        motion movement bounce collision impact force energy shape trail splash crack ripple shadow path angle
        trajectory speed reflection sound pattern line circle arc loop spiral mess puddle dent hole mark cloud spark
        wave shower burst explosion wake trace
    """
    ),
    "piece": _words(
        """
        piece slice pile stack row pair group bunch set block drop cup glass bottle bowl bucket bag box sheet stream
        bundle tower pyramid handful lump chunk number couple bar ball stick cube layer line cluster heap strip bit
        jar spoonful
    """
    ),
}
MASS = {
    *NOUNS["fluid"],
    *_words(
        """
        air asphalt bread butter candy chalk cheese cloth concrete dirt energy fabric fire gelatin grass ice jelly
        light lightning moonlight motion pavement silk soap sunlight tape toast tofu traffic wilderness wind
    """
    ),
}
PLURAL_ONLY = {
    "chopsticks",
    "fireworks",
    "glasses",
    "goggles",
    "jeans",
    "pliers",
    "scissors",
    "stairs",
    "tongs",
    "tweezers",
}

FLUID_PARTS = _words(
    """
    drop droplet bubble wave stream jet splash spray puddle ripple surface level bottle glass tank fountain
"""
)
COLOURS = _words(
    """
    red blue green yellow orange purple pink black white brown gray grey golden silver beige turquoise
"""
)
MATERIALS = _words(
    """
    glass steel iron copper aluminum brass lead gold silver stone marble granite concrete brick ceramic porcelain
    clay plastic rubber foam wood oak bamboo paper cardboard leather cotton silk wool ice crystal metal wax cork
    sponge styrofoam acrylic titanium bronze tin nylon velvet jelly clay
"""
)
ADJECTIVES = _words(
    """
    big small large tiny huge little long short tall heavy light thin thick wide narrow round square flat hard soft
    hollow solid smooth rough shiny wooden metallic plastic colorful bright dark hot cold warm frozen wet dry empty
    full open closed clear transparent old new fresh ripe sharp steep gentle strong weak fast slow quiet calm deep
    shallow high low loose tight sturdy fragile elastic rigid flexible sticky slippery fluffy spherical circular
    rectangular triangular cylindrical horizontal steady unbroken intact motionless vertical single lone entire
    whole stationary upright tilted inclined vintage antique modern giant miniature massive delicate powerful
    beautiful cute young elderly golden woolen polished rusty dusty icy sandy rocky snowy grassy muddy sunny
    identical different several various multiple electric magnetic hot molten curved straight wavy pointed blunt
    plain striped bouncy lightweight
"""
)
# Participles that modify a noun from the left.
MODIFIERS = _words(
    """
    spinning rolling falling moving rotating burning boiling melting running flying swinging bouncing flowing
    speeding crumpled broken folded lit filled stacked inflated suspended tilted cracked sealed painted sliced
    peeled twisted stretched coiled parked
"""
)
MANNERS = _words(
    """
    slowly quickly gently smoothly rapidly suddenly gradually steadily freely violently softly loudly carefully
    gracefully vigorously forcefully swiftly repeatedly continuously horizontally vertically diagonally sideways
    downward upward downwards upwards forward backward clockwise counterclockwise abruptly slightly briefly hard
    fast straight together apart away around again evenly firmly tightly lightly heavily playfully happily
    peacefully majestically high low simultaneously immediately directly completely partially finally eventually
    once twice almost slowly quickly gently rhythmically precisely
"""
)

# Preposition: the kinds of noun that may follow it.
PATHS: dict[str, list[str]] = {
    "off": ["support"],
    "onto": ["ground", "support"],
    "on": ["ground", "support"],
    "into": ["container", "obstacle"],
    "to": ["ground", "obstacle"],
    "toward": ["obstacle", "solid"],
    "towards": ["obstacle", "solid"],
    "down": ["support"],
    "up": ["support"],
    "across": ["ground", "support"],
    "along": ["support", "ground"],
    "over": ["obstacle", "ground", "solid"],
    "through": ["obstacle", "place", "scenery"],
    "against": ["obstacle"],
    "from": ["support", "container"],
    "past": ["obstacle"],
    "around": ["obstacle", "place"],
    "under": ["support"],
    "between": ["obstacle"],
    "above": ["ground", "support"],
    "behind": ["obstacle"],
    "beside": ["obstacle", "support"],
    "near": ["obstacle", "support"],
    "at": ["obstacle", "place"],
    "in": ["place", "container"],
    "inside": ["container"],
    "by": ["obstacle"],
    "below": ["support"],
    "beneath": ["support"],
    "underneath": ["support"],
    "within": ["container"],
    "outside": ["container"],
    "with": ["solid"],
    "atop": ["support"],
    "upon": ["ground"],
    "via": ["support"],
}
# Complex prepositions: preposition, article, noun; "of NP" follows.
PLACES_OF = _words(
    """
    on/-/top in/-/front in/the/middle in/the/center at/the/top at/the/bottom at/the/end at/the/edge at/one/end
    on/the/edge on/the/surface on/the/side to/the/left to/the/right on/the/left on/the/right at/the/foot
    at/the/center near/the/edge over/the/edge off/the/edge from/the/edge from/the/top to/the/bottom from/the/end
    on/one/side to/the/other-side at/the/base near/the/top from/the/back along/the/edge in/the/direction
    into/the/center around/the/rim at/both/ends through/the/middle
"""
)

# Verb classes: subject kinds, object kinds (none: intransitive), prepositions, particles, and the lemmas.
VERBS: dict[str, tuple[str, str, str, str, str]] = {
    "move": (
        "solid vehicle animal",
        "",
        "off onto into to toward towards down across along over from past through on around under against",
        "over down off up out away back forward around",
        """
        fall roll slide drop bounce tumble topple slip spin fly swing tip move drift float glide skid crash plunge
        hop jump leap rise sink swerve hurtle soar descend ascend rotate twirl wobble flip shoot rebound ricochet
        travel race plummet sail swirl oscillate coast teeter sway flutter spiral cascade land collapse skip whirl
        settle vibrate tilt lean rock topple roll fall drop slide bounce swoop dive dart zoom pass stop stop scatter
        disperse deflate inflate flicker jiggle shake tremble recoil roll fall slow speed detach separate spread
        spill wheel careen ascend revolve orbit lurch slam thud clatter meander turn go come start accelerate
    """,
    ),
    "break": (
        "solid",
        "",
        "on into against onto",
        "apart open",
        """
        break shatter crack split burst explode crumble fracture pop splinter snap tear melt freeze burn bend deform
        compress stretch expand shrink collapse dissolve evaporate swell ignite cool glow harden soften flatten
        crumple wrinkle disintegrate rupture erupt deflate inflate puncture dent scatter unravel unfold fold open
        close solidify fade rust wilt bloom vibrate smoke sizzle
    """,
    ),
    "pour": (
        "fluid",
        "",
        "from into onto down over across through on out out_of off along",
        "out down up over",
        """
        pour flow drip spill splash leak stream run gush trickle spray drain seep ooze cascade swirl spread overflow
        splatter rise drop burst boil bubble evaporate freeze shoot fall fill bead pool surge mix
    """,
    ),
    "go": (
        "animal person",
        "",
        "across through down up along over into to toward towards around in on past under from off",
        "away up down around back forward in out",
        """
        run walk jump hop crawl climb swim fly leap skate ski surf dance ride march gallop trot dive sprint jog
        stroll wander crouch swing slide slip stumble trip fall jump play skip race sail sit kneel drive
    """,
    ),
    "hit": (
        "solid vehicle person",
        "obstacle solid",
        "with in on at",
        "",
        """
        hit strike touch kick smash bump punch tap slap nudge collide_with crash_into knock ram graze clip catch
        bounce_off roll_into slam_into crash_against press rub scrape poke break crack shatter dent cross pass reach
        approach leave enter miss splash
    """,
    ),
    "knock": (
        "solid person vehicle",
        "solid obstacle",
        "off onto into from to",
        "over down out aside",
        """
        knock push tip throw flip pull kick roll turn blow pick lift drag shove toss topple bring set put take cut
        tear
        knock+over knock+down tip+over push+over blow+down set+off break+off
        """,
    ),
    "handle": (
        "person animal body",
        "solid cloth",
        "into onto off from to toward towards on in over across against through at with under up down out_of",
        "up down away over out",
        """
        throw drop push pull lift toss kick roll slide carry drag place put lower raise swing spin hold catch
        release shake squeeze press bend twist fold tear cut slice hit strike grab pick flip tilt tip pass hand
        launch fling hurl shove bounce stack stir crush break open close move turn rotate juggle shoot dip insert
        remove wipe stretch peel crack smash knock hang set lay unroll wave rub touch position suspend attach
        submerge immerse balance mount tap
        put+on take+off turn+on turn+off pick+up put+down set+down blow+out kick+up cut+off break+off pull+out
        pull+down knock+over knock+over knock+down tip+over flip+over push+over blow+up throw+away pour+out wipe+off
        lift+up roll+up fold+up fill+up hold+up hand+over peel+off tear+off cut+down set+up switch+on push+down
        pull+up send+out open+up cover+up
        """,
    ),
    "liquid": (
        "person solid container",
        "fluid",
        "into onto over from on in through out_of down",
        "out",
        """
        pour spill stir splash spray drink mix add sprinkle drip squeeze spread empty drain heat boil scoop sip pour
        dispense collect absorb soak
    """,
    ),
    "heat": (
        "scenery person",
        "solid fluid",
        "with in on from at",
        "up",
        """
        heat melt warm burn cool freeze boil light ignite illuminate cover fill wet dry blow bend dissolve surround
        consume
    """,
    ),
    "state": (
        "solid person animal",
        "",
        "on in near beside under above behind against between at inside from by atop with below around",
        "",
        """
        sit stand lie rest hang stay remain lean balance float hover wait perch dangle sit hang rest stand lie stay
        remain hide sleep
    """,
    ),
    "follow": (
        "animal person vehicle",
        "animal person vehicle",
        "across through down around in along on",
        "",
        """
        chase follow pursue pass overtake watch carry pull push lead meet approach face greet hug feed pet ride hit
        bite lick help hold catch
    """,
    ),
    "make": (
        "solid person fluid scenery",
        "abstract",
        "in on across along behind around with",
        "",
        """
        make create leave form cause produce show reveal send cast trace display demonstrate release emit generate
        draw
    """,
    ),
}

# Syllables of made-up words (see Phrases.nonce).
NONCE_ONSETS = _words(
    """
    b bl br c ch cl cr d dr f fl fr g gl gr h j k l m n p pl pr qu r s sc sh sk sl sm sn sp spr st str sw t th tr tw
    v w
    """
)
NONCE_VOWELS = _words(
    """
    a e i o u a e i o u ai ea oo ee ou
    """
)
NONCE_ENDINGS = _words(
    """
    ate ack er le ish ock ine ump ect ade ot et on ard ash ush ip ex oid ope use and unk oll ink urn ant ble el um
    ow ee
    """
)
NONCE_MIDDLES = ["", "", "", *_words("ll mb nd rt v st pp dd ckl ng rk m n")]
NUMBERS = _words("two three four five six seven eight nine ten twelve twenty hundred")
# Words of the domain that are never held back from training.
CORE = set(
    _words(
        """
        ball become block book bottle bounce box break car cat collide cup dog domino drop fall float floor glass ground
        hand heat hit hold jump knock land lie lift make man melt move pendulum person place plate pour pull push put
        ramp release rise rock rod roll run shatter shelf sink sit slide spin stand start stick stone stop swing table
        throw tip topple tower vase wall water
        """
    )
)
